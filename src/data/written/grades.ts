/** Scales as people write them, lowest grade first; each place lists the words that stand for it. */
const scales: readonly (readonly string[])[][] = [
  [
    ['very low', '极低', '很低', '非常低'],
    ['low', '低', '偏低', '较低'],
    ['medium', 'moderate', 'middle', 'mid', 'average', 'normal', '中', '中等', '一般', '正常'],
    ['high', '高', '偏高', '较高'],
    ['very high', 'extreme', '极高', '很高', '非常高'],
  ],
  [
    ['very bad', 'very poor', 'terrible', '很差', '极差', '非常差'],
    ['bad', 'poor', '差', '较差', '不合格', '不及格'],
    ['fair', 'average', 'ok', 'okay', 'medium', 'acceptable', '一般', '中', '中等', '合格', '及格'],
    ['good', '良', '良好', '好', '较好'],
    ['very good', '很好', '非常好'],
    ['excellent', 'outstanding', '优', '优秀', '极好'],
  ],
  [
    ['very dissatisfied', 'very unsatisfied', '非常不满意', '很不满意'],
    ['dissatisfied', 'unsatisfied', '不满意', '不太满意', '较不满意'],
    ['neutral', 'neither', '一般', '中立'],
    ['satisfied', '满意', '比较满意', '较满意'],
    ['very satisfied', '非常满意', '很满意'],
  ],
  [
    ['strongly disagree', '非常不同意', '强烈反对'],
    ['disagree', '不同意', '反对'],
    ['neutral', 'neither', '一般', '中立', '不确定'],
    ['agree', '同意', '支持'],
    ['strongly agree', '非常同意', '强烈支持'],
  ],
  [
    ['never', '从不'],
    ['rarely', 'seldom', '很少', '偶尔'],
    ['sometimes', '有时'],
    ['often', 'frequently', '经常'],
    ['always', '总是'],
  ],
  [
    ['none', 'normal', '无', '正常'],
    ['mild', 'slight', 'minor', '轻', '轻度', '轻微'],
    ['moderate', 'medium', '中', '中度', '中等'],
    ['severe', 'serious', 'major', '重', '重度', '严重'],
    ['critical', 'extreme', '危重', '极重度', '特别严重'],
  ],
  [
    ['xs', 'extra small'],
    ['s', 'small', '小', '小号'],
    ['m', 'medium', '中', '中号'],
    ['l', 'large', '大', '大号'],
    ['xl', 'extra large', '特大', '特大号'],
    ['xxl'],
  ],
  [
    ['beginner', 'novice', 'junior', '初级', '入门'],
    ['intermediate', '中级'],
    ['advanced', 'senior', '高级'],
    ['expert', '专家', '资深'],
  ],
];

/** Two classes have no order that a model could use. */
const fewestGrades = 3;

/** Words that call numbers grades: classes that are merely numbered have no order. */
const graded =
  /等级|级别|评级|评分|打分|得分|星级|几星|满意|程度|严重|阶段|分期|有序|(?<![a-z])(?:ratings?|grades?|graded|levels?|stars?|severity|quality|stages?|scores?|ordinal|ordered|satisfaction|kappa)(?![a-z])/i;
const rising =
  /由低到高|从低到高|由小到大|从小到大|由轻到重|从轻到重|由差到好|从差到好|由弱到强|从弱到强|依次升高|依次递增|low(?:est)? to (?:the )?high|worst to (?:the )?best|mild(?:est)? to|small(?:est)? to (?:the )?large|ascending|increasing/i;
const falling =
  /由高到低|从高到低|由大到小|从大到小|由重到轻|从重到轻|由好到差|从好到差|由强到弱|从强到弱|high(?:est)? to (?:the )?low|best to (?:the )?worst|descending|decreasing/i;

/**
 * Classes as grades, lowest first, or null where they have no order: a scale that people use, numbers that the brief or
 * the column's name calls grades, or classes that the brief lists in an order that it names.
 */
export const gradesOf = (labels: string[], { target, brief }: { target: string; brief: string }): string[] | null => {
  if (labels.length < fewestGrades) return null;
  return onScale(labels) ?? byNumber(labels, `${target} ${brief}`) ?? asListed(labels, brief);
};

const plain = (label: string): string =>
  label
    .trim()
    .toLowerCase()
    .replaceAll(/[_\-\s]+/g, ' ');

const onScale = (labels: string[]): string[] | null => {
  for (const scale of scales) {
    const places = labels.map((label) => scale.findIndex((words) => words.includes(plain(label))));
    if (!places.includes(-1) && new Set(places).size === labels.length) return sortedBy(labels, places);
  }
  return null;
};

const chineseDigits = '零一二三四五六七八九十';

/** "3", "3 stars", "grade 2", "二级": the same words around another number. */
const byNumber = (labels: string[], words: string): string[] | null => {
  const parts = labels.map((label) => /^(\D*?)(\d+(?:\.\d+)?|[一二三四五六七八九十])(\D*)$/.exec(plain(label)));
  if (parts.includes(null)) return null;
  const numbers = parts.map((part) => (/^\d/.test(part![2]!) ? Number(part![2]) : chineseDigits.indexOf(part![2]!)));
  const around = parts.map((part) => `${part![1]} ${part![3]}`.replace(/s $|s$/, ''));
  if (new Set(around).size > 1 || new Set(numbers).size < labels.length) return null;
  return graded.test(words.replaceAll('_', ' ')) || /[级星档]|stars?|grade|level/.test(around[0]!)
    ? sortedBy(labels, numbers)
    : null;
};

const asListed = (labels: string[], brief: string): string[] | null => {
  const text = brief.toLowerCase();
  const places = placesIn(text, labels);
  if (places === null) return null;
  const order = sortedBy(labels, places);
  const between = text.slice(Math.min(...places), Math.max(...places));
  if ((between.match(/</g) ?? []).length >= labels.length - 1 || rising.test(text)) return order;
  return (between.match(/>/g) ?? []).length >= labels.length - 1 || falling.test(text) ? order.reverse() : null;
};

/** Where each label stands; the longest first, so that "very good" is not taken for "good". */
const placesIn = (text: string, labels: string[]): number[] | null => {
  let left = text;
  const found = new Map<string, number>();
  for (const label of [...labels].sort((a, b) => b.length - a.length)) {
    const word = label.trim().toLowerCase();
    const place = left.indexOf(word);
    if (place < 0) return null;
    found.set(label, place);
    left = left.slice(0, place) + '\u0000'.repeat(word.length) + left.slice(place + word.length);
  }
  return labels.map((label) => found.get(label)!);
};

const sortedBy = (labels: string[], places: number[]): string[] =>
  labels
    .map((label, index) => ({ label, place: places[index]! }))
    .sort((a, b) => a.place - b.place)
    .map(({ label }) => label);
