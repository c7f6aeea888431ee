import type { Subject } from '../../artifacts/vocabulary.ts';
import { findClauses } from '../text/clauses.ts';
import { exact } from '../text/numbers.ts';
import { certainty } from '../text/operators.ts';
import { matches, overlaps, type Span } from '../text/span.ts';

/** A constraint or deliverable named in the brief. */
export type Condition = Span & { subject: Subject; value: string; confidence: number; note: string | null };

type Entry = {
  subject: Subject;
  value: string;
  pattern: RegExp;
  /** What the negation means; without it a negated naming says nothing. */
  negated?: string;
  /** Name of the device, kept as a note. */
  device?: boolean;
};

const entry = (subject: Subject, value: string, zh: string, en: string, rest: Partial<Entry> = {}): Entry => ({
  subject,
  value,
  pattern: new RegExp(`${zh}|(?<![a-z0-9])(?:${en})(?![a-z])`, 'g'),
  ...rest,
});

const table: readonly Entry[] = [
  entry('hardware', 'cpu', '没有?显卡|无显卡|没有?独显|没有?\\s?gpu|无\\s?gpu', 'no gpus?|no graphics cards?'),
  entry('hardware', 'cpu', '树莓派', 'raspberry[\\s-]?pi', { device: true }),
  entry('hardware', 'cpu', '(?:仅|只|纯)?(?:有|用|靠|能用)?\\s?cpu|处理器上', 'cpus?(?:[\\s-]only)?'),
  entry('hardware', 'gpu', 'gpu|显卡|英伟达', 'gpus?|graphics cards?|cuda|nvidia(?: cards?)?', { negated: 'cpu' }),
  entry(
    'hardware',
    'gpu',
    '昇腾',
    String.raw`(?:rtx|gtx)\s?-?\d{3,4}(?:\s?ti)?|[avhlt]\d{1,3}(?=\s?(?:gpu|card|显卡|上|卡|$|[，。,.;\s]))(?<=a100|h100|h200|v100|t4|a10|l4|l40|a30|a40|p100)|jetson(?: nano| orin| xavier)?|4090|3090`,
    { negated: 'cpu', device: true },
  ),
  entry(
    'hardware',
    'phone',
    '手机(?:上|端|里)(?:运行|跑|推理)?',
    '(?:on|run on) (?:a |the )?(?:(?:android )?phones?|smartphones?|mobile (?:device|phone)s?)',
  ),
  entry('hardware', 'microcontroller', '单片机|微控制器', 'microcontrollers?|esp32|stm32|arduino'),
  entry(
    'network',
    'offline',
    '断网|离线(?!(?:批|跑批|任务|评估|计算))|不能(?:联网|上网|连外网)|无法(?:联网|上网)|没有?(?:网络|网|互联网|外网)(?![页站])|无网络?(?![页站])|不(?:联网|连网|上网)|(?:与)?外网隔离|内网|不依赖(?:网络|外网|互联网)',
    `offline|air-?gapped|(?:no|without(?: an| any)?) (?:internet|network|connectivity)(?: (?:access|connection))?|not connected to the internet|disconnected|(?:cannot|can't|must not|may not) (?:reach|access|connect to|use) the (?:internet|network)|intranet(?: only)?|isolated network`,
  ),
  entry(
    'network',
    'online',
    '可以?联网|能联网|可以上网|有网络',
    `(?:has |have |with )?internet (?:access|connection)(?: is available)?|connected to the internet`,
  ),
  entry('framework', 'torch', '火炬框架', 'pytorch|torch'),
  entry('framework', 'paddle', '飞桨', 'paddle(?:paddle)?'),
  entry(
    'language',
    'python',
    '(?:用|使用|基于)\\s?python|python\\s?(?:实现|编写|来写|开发)',
    `(?:in|using|written in) python`,
  ),
  entry(
    'language',
    'zh',
    '(?:文档|报告|界面|说明|回复)(?:要|都|请|必须)?(?:用|是|使用)?中文|中文(?:文档|报告|界面|说明)',
    `(?:documentation|docs|reports?|interface|ui|readme)[^.;,]{0,14} in chinese|chinese (?:documentation|docs|reports?|interface|ui)`,
  ),
  entry(
    'language',
    'en',
    '(?:文档|报告|界面|说明|回复)(?:要|都|请|必须)?(?:用|是|使用)?英[文语]|英文(?:文档|报告|界面|说明)',
    `(?:documentation|docs|reports?|interface|ui|readme)[^.;,]{0,14} in english|english (?:documentation|docs|reports?|interface|ui)`,
  ),
  entry('license', 'MIT', 'mit\\s?(?:协议|许可证?|授权)', 'mit(?:[\\s-]licen[sc]ed?)'),
  entry(
    'license',
    'Apache-2.0',
    'apache[\\s-]?(?:2(?:\\.0)?)?\\s?(?:协议|许可证?|授权)',
    'apache(?:[\\s-]?2(?:\\.0)?)?(?:[\\s-]licen[sc]ed?)?',
  ),
  entry('license', 'BSD-3-Clause', 'bsd\\s?(?:协议|许可证?|授权)', 'bsd(?:-3(?:-clause)?)?(?:[\\s-]licen[sc]ed?)?'),
  entry('license', 'GPL-3.0', 'gpl(?:v?3)?\\s?(?:协议|许可证?|授权)', 'gpl(?:v?3)?(?:[\\s-]licen[sc]ed?)?', {
    negated: 'no-copyleft',
  }),
  entry(
    'license',
    'commercial',
    '(?:可|能|允许|可以|用于)商用|商业(?:使用|用途)',
    'commercial(?:ly)? us(?:e|able)|used commercially',
  ),
  entry(
    'license',
    'open-source',
    '(?:全部|都|只用|必须|只能用)\\s?开源|开源(?:组件|许可|协议|软件)',
    'open[\\s-]source(?: licen[sc]es?| components?| software)?',
  ),
  entry(
    'privacy',
    'on_premises',
    '数据(?:都|绝对)?(?:不能|不得|不可以?|不许|不要|绝不能?)(?:出|离开|外传|上传|传出|上云|外泄|流出)[^，。;]{0,8}|(?:不能|不得|不可|不许)把数据(?:传|上传|发)[^，。;]{0,8}|数据[^，。;]{0,6}(?:存|留|保存|放)在(?:本地|内网|公司|院内|厂内)|不出(?:院|厂|域|公司|内网)',
    String.raw`(?:(?:the |our |patient |customer |all )?(?:data|images|records|recordings|photos|files) )?(?:must|may|can|should)(?: not|not|n't| never) (?:leave|be uploaded|be sent|go outside)[^.;,]{0,30}|(?:never|not) leaves?(?: the| our)? [a-z]+|cannot leave(?: the| our)? [a-z]+|on[\s-]premises?|stays? (?:in|inside|on|within) (?:the|our) [a-z]+`,
  ),
  entry('privacy', 'gdpr', 'gdpr|个人信息保护法', 'gdpr'),
  entry('privacy', 'anonymised', '脱敏|匿名化?', 'anonymi[sz]ed?|de-identified|pseudonymi[sz]ed'),
  entry(
    'privacy',
    'private',
    '(?:保护|涉及|注意)(?:[一-龥]{0,6})隐私|隐私保护|敏感(?:个人)?信息',
    'privacy|personal data|sensitive data',
  ),
  entry(
    'http_api',
    'http_api',
    '(?<!串口|网络|硬件)接口|(?:预测|翻译|识别|推理|分类|检测|评分|打分|web\\s?|http\\s?|网络|线上|在线|微)服务',
    String.raw`apis?|rest(?:ful)?(?= (?:api|service|endpoint|interface))|restful|https?(?!:)(?: (?:service|endpoint|interface))?|end-?points?|web[\s-]?services?|micro-?services?|(?:prediction|translation|inference|recognition|detection|classification|scoring|online|network) services?`,
  ),
  entry(
    'batch_job',
    'batch_job',
    '批量(?:预测|处理|打分|跑|任务)?|批处理|跑批|离线(?:批量|跑批|任务)|(?:每晚|每天夜里|每天凌晨|每日|定时)(?:自动)?(?:跑|运行|处理|打分|预测一|批)[^，。;]{0,4}|夜间任务',
    String.raw`batch(?:es|[\s-](?:job|run|mode|scoring|process(?:ing)?|predictions?))?|nightly(?: job| run)?|(?:every|each) night|scheduled job|cron(?: ?job)?`,
  ),
  entry(
    'notebook',
    'notebook',
    'jupyter\\s?(?:笔记本|笔记)|笔记本文件',
    `jupyter(?: notebooks?)?|notebooks?(?! (?:computer|pc|without))`,
  ),
  entry(
    'dashboard',
    'dashboard',
    '看板|仪表盘|仪表板|大屏|可视化(?:页面|界面|面板)|监控面板',
    'dashboards?|monitoring panel',
  ),
  entry(
    'model_file',
    'model_file',
    '(?:交付|导出|输出|提供|给我们?|给出|拿到|只要|要一?个?|需要|产出)[^，。;]{0,8}(?:模型文件|onnx(?:\\s?(?:模型|文件|格式))?)|onnx\\s?(?:格式|模型|文件)|导出模型',
    `(?:deliver|export|hand over|give us|provide|ship|need|want|produce|output|save)(?:s|ed)?[^.;,]{0,16} (?:model file|onnx(?: (?:model|file))?|torchscript)|onnx (?:model|file|format|export)|exported model|(?:as|in) (?:an )?onnx`,
  ),
];

const absence =
  /(?:不(?:需要|用|要|必|需|想要?|提供|考虑|使用|依赖|做|能用|支持)|无需|没有?|无|别(?:用|做)?|禁止|禁用|(?<![a-z])(?:no|not|without|don't|doesn't|does not|do not|never|neither|nor|needn't|isn't|avoid|free of|instead of|rather than)(?: (?:need|needs|want|require|requires|use|have|any|an?|the|to|rely on|depend on|be|under|deliver|build|provide|http|rest|web|dedicated|expensive))*)\s?(?:任何|做成?|独立|专用|用|的|有|提供|http|rest|web|专门的)?\s?$/;
const absenceBehind =
  /^\s?(?:(?:is|are) not (?:needed|required|necessary|available)|isn't (?:needed|required|necessary|available)|aren't|not (?:needed|required|available)|就?(?:不需要|不用|没必要|免了|不要|没有|用不上|不必)(?=[，。,;!了]|$)|-?free(?![a-z]))/;
const optional = /(?:可选|optional|有没有.{0,4}都|或|or)\s?$/;

/** Constraints and deliverables of a normalised brief; "without a GPU" is the CPU, "no API needed" is nothing. */
export const findConditions = (text: string, taken: Span[] = []): Condition[] => {
  const clauses = findClauses(text);
  const found = table.flatMap((entry) =>
    matches(text, entry.pattern)
      .filter((span) => !taken.some((other) => overlaps(other, span)))
      .map((span) => readCondition(text, entry, { span, clause: clauses.clauseOf(span) }))
      .filter((condition) => condition !== null),
  );
  return settleHardware(text, clauses, dropOverlaps(found));
};

const readCondition = (
  text: string,
  entry: Entry,
  { span, clause }: { span: Span; clause: Span },
): Condition | null => {
  const ahead = text.slice(clause.start, span.start);
  const absent = absence.exec(ahead);
  const negative = absent !== null || absenceBehind.test(text.slice(span.end, clause.end + 1));
  if (optional.test(ahead) && entry.subject === 'hardware') return null;
  if (negative && !entry.negated) return null;
  return {
    start: negative && absent ? clause.start + absent.index : span.start,
    end: span.end,
    subject: entry.subject,
    value: negative ? entry.negated! : entry.value,
    confidence: exact(0.95 * certainty(text.slice(clause.start, clause.end))),
    note: entry.device && !negative ? text.slice(span.start, span.end) : null,
  };
};

/** One naming a subject and value: the surest, then the first; overlapping namings of one subject: the longest. */
const dropOverlaps = (list: Condition[]): Condition[] => {
  const kept: Condition[] = [];
  const longest = list.toSorted((a, b) => b.end - b.start - (a.end - a.start) || a.start - b.start);
  for (const condition of longest) {
    if (!kept.some((other) => other.subject === condition.subject && overlaps(other, condition))) kept.push(condition);
  }
  const inOrder = kept.toSorted((a, b) => b.confidence - a.confidence || a.start - b.start);
  return inOrder.filter(
    (condition, index) =>
      inOrder.findIndex(({ subject, value }) => subject === condition.subject && value === condition.value) === index,
  );
};

/** A GPU that only trains does not make the service need one. */
const settleHardware = (text: string, clauses: ReturnType<typeof findClauses>, list: Condition[]): Condition[] => {
  const hasCpu = list.some(({ subject, value }) => subject === 'hardware' && value === 'cpu');
  const trains = (span: Span) => {
    const { start, end } = clauses.clauseOf(span);
    return /训练|train/.test(text.slice(start, end));
  };
  return list.filter(
    (condition) => !(hasCpu && condition.subject === 'hardware' && condition.value === 'gpu' && trains(condition)),
  );
};
