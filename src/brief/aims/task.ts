import type { TaskFamily } from '../../artifacts/requirements.ts';
import type { Subject } from '../../artifacts/vocabulary.ts';
import type { DataColumn, DataProfile } from '../data-profile.ts';

export type TaskChoice = { task: TaskFamily | null; confidence: number };

type Cue = { task: TaskFamily; weight: number; pattern: RegExp };
const cue = (task: TaskFamily, weight: number, pattern: RegExp): Cue => ({ task, weight, pattern });

/** One writing is brought into another. */
const conversion =
  /(?:转|转换|转化|还原|规范|统一|归一|改写?|变)(?:成|为|到|化)|拼音|注音|罗马字|normali[sz]|convert|turn(?:s|ing)? [^.;]{2,60} into|pinyin|romani[sz]|transcrib|lemmati[sz]/;

/** Words that speak for a family. Weights are added, so several weak words make a strong one. */
const cues: readonly Cue[] = [
  cue(
    'face_verification',
    8,
    /人脸(?!表情|口罩)|刷脸|面部识别|脸部(?:识别|验证|比对)|(?<![a-z])faces?[\s-](?:recognition|verification|id|identification|unlock|matching|match|comparison|login|access|attendance|authentication)|facial recognition|recogni[sz](?:e|es|ing) (?:the )?(?:faces?|employees|staff)|(?:same|enrolled|known) (?:person|people)|同一个?人/,
  ),
  cue('face_verification', 2, /(?<![a-z])(?:their|by|our|two|whose)\s(?:staff\s)?faces?(?![a-z])|考勤|attendance|门禁/),
  cue('image_classification', 9, /表情|口罩|facial expressions?|wear(?:s|ing)? (?:a )?masks?/),
  cue(
    'sequence_to_sequence',
    5,
    /翻译|翻成|译成|译为|英译|中译|机翻|translat(?:e|es|ing|ion|ions|or)(?![a-z])|transliterat/,
  ),
  cue(
    'sequence_to_sequence',
    4,
    /摘要|改写|纠错|文言文|转写成|转成普通话|summari[sz](?:e|es|ation)|paraphras|rewrite|grammar correction|correct(?:s|ing)? (?:the )?(?:spelling|grammar)/,
  ),
  cue('sequence_to_sequence', 3, conversion),
  cue(
    'image_classification',
    3,
    /图片|图像|照片|相片|胸片|x\s?光|扫描图|拍照|手写|images?(?! (?:size|must|should|may|under|below|within|at|no|not|of (?:the )?(?:service|container)|≤|<))|pictures?|photos?|photographs?|x-?rays?|handwritten|scans?(?![a-z])/,
  ),
  cue(
    'time_series_forecasting',
    6,
    /时间序列|时序|未来|提前[一二两三\d]|明天|明日|次日|后天|下一?(?:个)?(?:周|月|季度|年|小时|交易日|工作日)|接下来|往后|第二天|forecast|tomorrow|next (?:\d+ |\w+ )?(?:day|week|month|hour|quarter|year|minute)s?|(?:up)?coming (?:\d+ |\w+ )?(?:day|week|month|hour|quarter|year|minute)s?|upcoming|time[\s-]series|(?:days?|hours?|weeks?|months?) ahead|following (?:day|week|month)/,
  ),
  cue(
    'text_classification',
    3,
    /短文|文本|来信|信件|评论|评价|邮件|短信|标题|新闻|工单|留言|帖子|弹幕|推文|文章|投诉|话术|texts?(?![a-z])|reviews?|letters?(?! of)|e-?mails?|messages?|headlines?|news|tickets?|comments?|posts?(?![a-z])|tweets?|articles?|complaints?|sentences|questions? (?:from|of)|abstracts/,
  ),
  cue(
    'text_classification',
    2,
    /情感|情绪|垃圾(?:邮件|短信)|主题|意图|语种|sentiment|spam|topics?|intents?|which language/,
  ),
  cue(
    'tabular_classification',
    2,
    /判断|分类|识别|是否|会不会|能不能|哪个|哪种|哪一|种类|类别|归类|区分|鉴别|流失|违约|欺诈|患病|恶性|故障|生还|离职|classif|whether|which|tell|detect|identif|recogni[sz]e|distinguish|churn|defaults?(?![a-z])|fraud|species|diagnos|surviv|likely to|will (?:leave|buy|fail|quit|repay)|categor|flag/,
  ),
  cue(
    'tabular_classification',
    5,
    /流失|违约|欺诈|患病|是否|会不会|whether|churn|fraud|which (?:customers|users|clients|employees|patients|machines|orders)|likely to/,
  ),
  cue(
    'tabular_regression',
    2,
    /估计|估算|预估|推算|多少|价格|房价|售价|租金|工资|油耗|费用|金额|销量|强度|时长|寿命|estimate|how (?:much|many|long)|prices?|rent|salary|cost of|fuel economy|mileage|strength|duration|amount|value of|charges|regression|回归/,
  ),
  cue('tabular_regression', 1, /预测|predict/),
];

const classQuality = new Set<Subject>(['accuracy', 'precision', 'recall', 'f1', 'macro_f1', 'auc', 'quadratic_kappa']);
const numberQuality = new Set<Subject>(['mae', 'rmse', 'mape', 'r2']);

/** The family that words, demands and data speak for together. `target` narrows it once it is known. */
export const chooseTask = (
  text: string,
  { profile, qualities, target }: { profile: DataProfile | null; qualities: Subject[]; target: DataColumn | null },
): TaskChoice => {
  const scores = new Map<TaskFamily, number>();
  const add = (task: TaskFamily, weight: number) => scores.set(task, (scores.get(task) ?? 0) + weight);
  for (const { task, weight, pattern } of cues) if (pattern.test(text)) add(task, weight);
  for (const subject of qualities) {
    if (classQuality.has(subject))
      for (const task of ['tabular_classification', 'text_classification', 'image_classification'] as const)
        add(task, 2);
    if (classQuality.has(subject) && scores.has('face_verification')) add('face_verification', 2);
    if (numberQuality.has(subject))
      for (const task of ['tabular_regression', 'time_series_forecasting'] as const) add(task, 3);
    if (subject === 'chrf' || subject === 'bleu' || subject === 'cer') add('sequence_to_sequence', 6);
    const ofFaces = subject === 'true_accept_rate' || subject === 'equal_error_rate';
    if (ofFaces || (subject === 'rank1' && scores.has('face_verification'))) add('face_verification', 5);
  }
  const converts = conversion.test(text);
  const possible = allowed(profile, { target, converts });
  for (const task of scores.keys()) if (!possible.has(task)) scores.delete(task);
  for (const [task, weight] of dataWeights(profile, target)) if (possible.has(task)) add(task, weight);
  if (profile?.kind === 'images' && scores.has('face_verification')) add('face_verification', imageFolder);
  return best(scores);
};

/** What a folder of images says for a family that reads images. */
const imageFolder = 4;

const families = {
  images: ['image_classification', 'face_verification'],
  table: [
    'tabular_classification',
    'tabular_regression',
    'time_series_forecasting',
    'text_classification',
    'sequence_to_sequence',
  ],
} as const;

const allowed = (
  profile: DataProfile | null,
  { target, converts }: { target: DataColumn | null; converts: boolean },
): Set<TaskFamily> => {
  if (profile?.kind === 'images') return new Set(families.images);
  if (profile?.kind !== 'table') return new Set([...families.images, ...families.table]);
  const possible = new Set<TaskFamily>(families.table);
  const texts = longTexts(profile);
  if (!profile.columns.some((column) => column.type === 'date' || isDateName(column)))
    possible.delete('time_series_forecasting');
  if (
    texts.length === 0 &&
    !profile.columns.some(({ type, distinct }) => type === 'text' && distinct > 0.5 * profile.rows)
  )
    possible.delete('text_classification');
  const written = profile.columns.filter((column) => isWritten(column) || (converts && column.type === 'date'));
  if (written.length < 2) possible.delete('sequence_to_sequence');
  if (target)
    for (const task of impossibleFor(target, profile))
      if (task !== 'sequence_to_sequence' || !(converts || target.rewritten)) possible.delete(task);
  return possible;
};

const isWritten = ({ type, rewritten }: DataColumn): boolean => type === 'text' || rewritten === true;

const isDateName = ({ name }: DataColumn): boolean => /date|time|timestamp|day$|month|year|日期|时间|年/i.test(name);

/** Columns of texts to read: long ones, though people write the same thing often, or nearly all different. */
export const longTexts = (profile: DataProfile): DataColumn[] =>
  profile.columns.filter((column) => {
    const { type, distinct } = column;
    const long = lettersOf(column) >= 20 && distinct > Math.max(50, 0.2 * profile.rows);
    return type === 'text' && (long || distinct > 0.8 * profile.rows);
  });

/** A Han character says about as much as two and a half letters. */
const lettersOf = ({ meanLength = 0, examples }: DataColumn): number =>
  meanLength * (examples.some((example) => /\p{Script=Han}/u.test(example)) ? 2.5 : 1);

/** Few values beside the number of rows: a label, whatever its type. */
export const isLabel = ({ type, distinct }: DataColumn, rows: number): boolean =>
  type === 'boolean' ||
  (distinct >= 2 &&
    distinct <= (type === 'text' ? Math.max(50, 0.05 * rows) : 12) &&
    distinct <= 0.5 * Math.max(rows, 4));

const impossibleFor = (target: DataColumn, profile: DataProfile): TaskFamily[] => {
  const numeric: TaskFamily[] = ['tabular_regression', 'time_series_forecasting'];
  if (target.type === 'text' || target.type === 'boolean') {
    if (isLabel(target, profile.rows)) return [...numeric, 'sequence_to_sequence'];
    return target.distinct > 0.5 * profile.rows
      ? [...numeric, 'tabular_classification', 'text_classification']
      : numeric;
  }
  const classes: TaskFamily[] = ['tabular_classification', 'text_classification'];
  if (target.distinct <= 2) return [...numeric, 'sequence_to_sequence'];
  return isLabel(target, profile.rows) ? ['sequence_to_sequence'] : [...classes, 'sequence_to_sequence'];
};

const dataWeights = (profile: DataProfile | null, target: DataColumn | null): [TaskFamily, number][] => {
  if (profile?.kind === 'images') return [['image_classification', imageFolder]];
  if (profile?.kind !== 'table') return [];
  const texts = longTexts(profile);
  const others = profile.columns.filter(
    (column) => !texts.includes(column) && column !== target && !/(^|_)id$|^index$/i.test(column.name),
  );
  const weights: [TaskFamily, number][] = [];
  const rest = others.length - (target ? 0 : 1);
  const labelled = target ? isLabel(target, profile.rows) : others.some((column) => isLabel(column, profile.rows));
  if (texts.length >= 1 && rest <= 0 && labelled) weights.push(['text_classification', 5]);
  if (texts.length >= 1 && others.filter(({ type }) => type === 'number').length <= 1)
    weights.push(['text_classification', 3]);
  if (pairsOfTexts(profile)) weights.push(['sequence_to_sequence', 4]);
  if (target && profile.rows > 0) weights.push(...targetWeights(target, profile.rows));
  return weights;
};

/** Two columns that are written, seldom twice the same, and no label beside them: one is made from the other. */
const pairsOfTexts = (profile: DataProfile): boolean => {
  const written = profile.columns.filter(
    ({ distinct, ...column }) => isWritten({ distinct, ...column }) && distinct > 0.3 * profile.rows,
  );
  const others = profile.columns.filter((column) => !written.includes(column));
  return written.length === 2 && !others.some((column) => isLabel(column, profile.rows));
};

const targetWeights = (target: DataColumn, rows: number): [TaskFamily, number][] => {
  if (target.type === 'text' || target.type === 'boolean' || (isLabel(target, rows) && target.distinct <= 2))
    return [['tabular_classification', 3]];
  return isLabel(target, rows) ? [['tabular_classification', 0.5]] : [['tabular_regression', 2]];
};

/** The leader, and how clearly it leads. */
const best = (scores: Map<TaskFamily, number>): TaskChoice => {
  const [first, second] = [...scores].toSorted((a, b) => b[1] - a[1]);
  if (!first || first[1] < 1) return { task: null, confidence: 0.2 };
  const lead = first[1] - (second?.[1] ?? 0);
  const confidence = Math.min(0.98, 0.45 + 0.06 * Math.min(first[1], 5) + 0.12 * Math.min(lead, 3));
  return { task: first[0], confidence: Math.round(confidence * 100) / 100 };
};
