import type { Subject } from '../../artifacts/vocabulary.ts';
import { longestFirst, matches, type Span } from '../text/span.ts';
import type { Dimension } from '../text/units.ts';

/** What the words name. `complement`: a rate of failures that is written as one minus it. */
export type Mention = Span & {
  subject: Subject;
  dimensions: readonly Dimension[];
  complement: boolean;
  generic: boolean;
};

type Entry = {
  subject: Subject;
  dimensions: readonly Dimension[];
  pattern: RegExp;
  complement?: boolean;
  generic?: boolean;
};

const ratio = ['ratio', 'plain'] as const;
const share = ['ratio'] as const;
const error = ['measure', 'money', 'time', 'plain', 'size'] as const;
const time = ['time'] as const;
const size = ['size'] as const;

const entry = (
  subject: Subject,
  dimensions: readonly Dimension[],
  zh: string,
  en: string,
  rest: Partial<Entry> = {},
): Entry => ({
  subject,
  dimensions,
  pattern: new RegExp(`${zh}|(?<![a-z0-9])(?:${en})(?![a-z0-9])`, 'g'),
  ...rest,
});

const delay = String.raw`(?:\s?的?(?:接口|推理|请求|预测)?(?:延迟|时延|响应时间|响应|耗时|latency|response times?))`;
const percentile = (n: number) =>
  String.raw`(?<![a-z0-9])(?:tp|p)\s?-?${n}(?![.\d])${delay}?|${delay}(?:的)?\s?[(,]?(?:at |the )?p${n}\)?|第?\s?${n}\s?(?:百?分位)(?:数|值)?${delay}?|${n}%\s?的?(?:请求|调用|响应|查询)(?:的?(?:延迟|响应时间|耗时))?`;
const percentileEn = (n: number) =>
  String.raw`p-?${n}(?:\s(?:latency|response times?))?|${n}(?:th|st|nd|rd)?[\s-]percentile(?:\s(?:latency|response times?))?|${n}(?:%| percent) of (?:all )?(?:the )?(?:requests|calls|queries|responses|predictions|answers)`;

/** Words of both languages to subjects; longer matches win. Service error rates stand before those of models. */
const table: readonly Entry[] = [
  entry(
    'macro_f1',
    ratio,
    'f1\\s?(?:的)?宏平均|宏平均\\s?f1(?:值|分数)?|宏\\s?f1(?:值|分数)?|宏观\\s?f1',
    String.raw`macro[\s-]?(?:averaged?[\s-])?f-?1(?:[\s-]scores?)?|f-?1[\s-]macro|macro f-score`,
  ),
  entry('f1', ratio, 'f1\\s?(?:值|分数|得分)', String.raw`f-?1(?:[\s-]scores?)?|f-score|f-measure`),
  entry('auc', ratio, '曲线下面积', String.raw`(?:roc[\s-])?auc(?:[\s-]roc)?|auroc|area under (?:the )?(?:roc )?curve`),
  entry(
    'accuracy',
    ratio,
    '准确率|准确度|正确率|准确性|精准度|精度|识别率|命中率|(?:分|判|认|答|猜)对|判断正确|(?<=%|成.?)准确?(?![备标])|(?<=%的?)正确',
    String.raw`accurac(?:y|ies)|accurate|hit rate|success rate of (?:the )?(?:model|recognition)|correctly|correct|(?<=(?:%|percent|of the time)\s(?:of\s[a-z ]{0,24})?)right|(?<=(?:of|in) (?:every |a )?(?:\d+|[a-z]+) (?:[a-z]+ ){0,2})right(?![a-z])|get(?:s|ting)?(?= [^.;]{0,30}right(?![a-z]))`,
  ),
  entry('precision', ratio, '精确率|查准率|精准率|精确度', 'precision|positive predictive value|ppv'),
  entry(
    'recall',
    ratio,
    '召回率?|查全率|检出率|灵敏度|敏感度|敏感性|覆盖率|(?:找出|抓出|抓住|抓到|检出|查出|揪出|识别出|发现)(?=[^，。;]{0,12}(?:%|成|百分之|一半))|(?<=(?:%|成)的[^，。;]{0,12})(?:找出来|抓出来|检出来|查出来|被?检出|被?找出|被?发现)',
    String.raw`recall|sensitivity|detection rate|true positive rate|tpr|(?:catch|find|detect|identify|spot|flag)(?:es|s|ing)?(?=[^,.;]{0,25}(?:(?:\d+(?:\.\d+)?%|percent|half|thirds?|quarters) of))`,
  ),
  entry(
    'recall',
    ratio,
    '漏检率?|漏报率?|漏诊率?|漏判率?|漏掉|假阴性率',
    String.raw`miss(?:es|ed|ing)?(?: rate)?|false[\s-]negative rate|fnr`,
    { complement: true },
  ),
  entry(
    'false_accept_rate',
    ratio,
    '误识率|误接受率|误认率|认错人|误报率|误检率|虚警率|假阳性率|误放率',
    String.raw`false[\s-]accept(?:ance)?(?: rates?)?|far|false[\s-]positive rates?|fpr|false[\s-]alarm rates?|false match rate`,
  ),
  entry(
    'true_accept_rate',
    ratio,
    '通过率|本人通过率|真实接受率|正确接受率',
    String.raw`true[\s-]accept(?:ance)?(?: rates?)?|tar|genuine accept(?:ance)?(?: rates?)?`,
  ),
  entry(
    'true_accept_rate',
    ratio,
    '拒识率|漏识率|误拒率|错误拒绝率',
    String.raw`false[\s-]reject(?:ion)?(?: rates?)?|frr|false non-match rate`,
    { complement: true },
  ),
  entry('equal_error_rate', ratio, '等错误?率|等误率', String.raw`equal[\s-]error rates?|eer`),
  entry(
    'rank1',
    ratio,
    '(?:首位|首选|第一位|rank[\\s-]?1\\s?|top[\\s-]?1\\s?)的?(?:识别|命中|正确|准确)率|首位命中',
    String.raw`(?:rank|top)[\s-]?(?:1|one)(?: (?:identification|recognition|accuracy))?(?: rates?)?`,
  ),
  entry(
    'error_rate',
    ratio,
    '(?:服务|请求|接口|调用|api\\s?|http\\s?)(?:的)?(?:错误率|失败率|出错率|报错率)|失败率|5xx(?:\\s?(?:错误率|比例|错误|占比))?|(?:失败|出错)的?请求(?:比例|占比)?|请求(?:失败|出错)',
    `(?:service|request|api|server|http|5xx) (?:error|failure)s?(?: rate)?|failed requests|failure rate|5xx(?: rate| errors| responses)?|requests (?:may |that |can )?(?:fail|error)|error rate of (?:the )?(?:service|api|server|requests)`,
  ),
  entry(
    'accuracy',
    ratio,
    '错误率|出错率|误判率|误分类率|判错|分错|认错|出错|错判|识别错误',
    `error rates?|misclassif(?:ication|ied)(?: rate)?|wrong|mistakes?|errors rate`,
    { complement: true, generic: true },
  ),
  entry(
    'mape',
    share,
    '平均绝对百分比误差|百分比误差|相对误差|平均相对误差',
    `(?:w|s)?mape|(?:mean |average )?(?:absolute )?percent(?:age)? error|relative error`,
  ),
  entry('rmse', error, '均方根误差', String.raw`rmse|root[\s-]mean[\s-]squared?[\s-](?:error|deviation)`),
  entry('mae', error, '平均绝对误差', `mae|mean absolute (?:error|deviation)`),
  entry(
    'mae',
    [...error, 'ratio'],
    '平均误差|误差|偏差|相差|差距|平均差(?![异别])',
    `(?:average |mean |typical |prediction |forecast |forecasting )?errors?|off by|deviat(?:e|es|ion)|(?:be )?(?:wrong|off) by|miss(?:es)? by|(?:typically|usually|normally|mostly|on average)(?=,? (?:to )?within (?:about |roughly )?(?:[$€£¥]\\s?\\d|[\\d.]+\\s?(?:%|percent)))|(?<=within (?:(?! m?s(?![a-z])| (?:milli)?seconds?)[^.;,]){1,40} )on average`,
    { generic: true },
  ),
  entry(
    'r2',
    ratio,
    '决定系数|拟合优度|相关系数的?平方|(?<![a-z])r\\s?(?:平)?方',
    String.raw`r2|r²|r\^2|r[\s-]squared?|coefficient of determination|explained variance`,
  ),
  entry('r2', ratio, 'r²', 'r²'),
  entry('chrf', ratio, '字符\\s?f\\s?值', String.raw`chrf(?:\+\+)?`),
  entry('cer', ratio, '字符错误率|字错误?率', 'cer|character error rates?'),
  entry(
    'quadratic_kappa',
    ratio,
    '(?:二次|平方)?加权\\s?kappa(?:系数|值)?|kappa\\s?(?:系数|值)|卡帕系数',
    String.raw`(?:quadratic(?:ally)?[\s-])?(?:weighted[\s-])?kappa(?: scores?)?|qwk`,
  ),
  entry('bleu', ratio, '双语评估替补', 'sacrebleu|bleu(?:-4)?(?: scores?)?'),

  entry('latency_p99', time, percentile(99), percentileEn(99)),
  entry('latency_p95', time, percentile(95), percentileEn(95)),
  entry(
    'latency_p50',
    time,
    `${percentile(50)}|中位数?(?:的)?(?:延迟|响应时间|耗时|时延)`,
    `${percentileEn(50)}|median(?: latency| response times?)?`,
  ),
  entry(
    'latency_mean',
    time,
    '平均(?:每次)?(?:的)?(?:推理|请求|接口|预测)?(?:延迟|时延|响应时间|响应|耗时|推理时间)|延迟平均',
    `(?:average|mean|avg) (?:latency|response times?|inference time|prediction time|delay)|(?:latency|response times?) (?:averages|on average)`,
  ),
  entry(
    'latency',
    time,
    '延迟|时延|延时|响应(?:时间|速度)?|耗时|推理(?:时间|速度|一次)?|返回(?:结果)?|出结果|给出(?:结果|答案)|处理时间|单次(?:预测|推理|请求|调用)?|每(?:次|张|条|个|封|句|笔)(?:图片|图像|请求|预测|调用|推理|评论|文本|邮件|识别|翻译)?|预测时间',
    String.raw`latenc(?:y|ies)|response times?|respond(?:s|ing)?|repl(?:y|ies)|answers?(?:ed|ing)?|inference(?: time)?|prediction time|delay|round[\s-]trip|return(?:s|ed)?(?: (?:a|the) (?:result|answer|prediction)s?)?|per (?:request|call|image|picture|prediction|query|message|sentence|photo|document|review|email)|(?:each|every|one|a single) (?:request|call|image|picture|prediction|query|message|sentence|photo)|come back`,
  ),
  entry('throughput', ['rate', 'plain'], '吞吐量?', 'throughput|qps|rps|tps'),
  entry('throughput', ['rate'], '每秒|并发|处理能力', `handle|process|serve|sustain|load`),
  entry(
    'availability',
    ratio,
    '可用性|可用率|可用度|(?<=%\\s?(?:的时间)?)可用|在线率|正常运行时间',
    `availability|uptime|available|up(?= [^;,]{0,14}%)`,
  ),
  entry(
    'startup_time',
    time,
    '启动(?:时间|耗时)?|冷启动(?:时间)?|开机',
    String.raw`start(?:s|ed|ing)?[\s-]?(?:up)?(?:[\s-]time)?|startup(?:[\s-]time)?|cold[\s-]start|comes? up|boot(?:s|ing)?(?: time)?|ready`,
  ),
  entry(
    'model_size',
    size,
    '模型(?:文件|体积|大小|权重)*|权重(?:文件)?(?:大小)?|onnx',
    `model(?:'s)?(?: file)?(?: size)?|weights|model file|onnx(?: file)?|checkpoint`,
  ),
  entry(
    'image_size',
    size,
    '(?:docker\\s?|容器)?镜像(?:体积|大小)?',
    `(?:docker |container )?images?(?: size)?|containers?(?: size)?`,
  ),
  entry('memory', size, '内存(?:占用|使用)?|显存|运存', `memory(?: use| usage| footprint)?|ram|vram`),
  entry(
    'training_time',
    time,
    '训练(?:时间|时长|耗时|过程|一次|完|完成)?',
    String.raw`train(?:s|ed|ing)?(?:[\s-](?:time|run))?|retrain(?:s|ed|ing)?|fit(?:s|ting)?(?: time)?`,
  ),
  entry(
    'cost',
    ['money'],
    '成本|费用|预算|花费|花销|开销|开支|云费用|费',
    `costs?|budget|spend(?:ing)?|price tag|bill|expenses?|pay`,
  ),
];

/** Every naming of a measurable subject in a normalised brief. */
export const findMentions = (text: string): Mention[] =>
  longestFirst(
    table.flatMap(({ pattern, subject, dimensions, complement = false, generic = false }) =>
      matches(text, pattern).map(({ start, end }) => ({ start, end, subject, dimensions, complement, generic })),
    ),
  );
