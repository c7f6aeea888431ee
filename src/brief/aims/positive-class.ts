import type { TaskFamily } from '../../artifacts/requirements.ts';
import type { DataColumn } from '../data-profile.ts';

const positive =
  /^(?:1|1\.0|yes|y|true|t|spam|positive|pos|malignant|churn(?:ed)?|default(?:ed)?|bad|fraud(?:ulent)?|sick|disease|defect(?:ive)?|fail(?:ed|ure)?|left|cancel(?:l?ed)?|poisonous|toxic|readmitted|survived|是|有|流失|恶性|垃圾|垃圾邮件|阳性|违约|欺诈|离职|患病|故障|缺陷|不合格|次品|>50k)$/i;

/** The label that precision and recall are about, where the target has two values and one of them is the event. */
export const findPositiveClass = (
  text: string,
  { task, target }: { task: TaskFamily | null; target: DataColumn | null },
): string | null => {
  if (target?.distinct !== 2 || !(task === 'tabular_classification' || task === 'text_classification')) return null;
  const values = target.examples.filter((value, index, all) => value !== '' && all.indexOf(value) === index);
  const known = values.filter((value) => positive.test(value.trim()));
  if (known.length === 1) return known[0]!;
  const named = values.filter((value) => value.length > 2 && text.includes(value.toLowerCase()));
  if (named.length === 1) return named[0]!;
  if (values.includes('M') && values.includes('B')) return 'M';
  return target.type === 'boolean' && values.length === 0 ? 'true' : null;
};
