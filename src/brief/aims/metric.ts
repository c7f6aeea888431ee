import type { TaskFamily } from '../../artifacts/requirements.ts';
import { isQuality, type Subject } from '../../artifacts/vocabulary.ts';
import type { Demand } from '../demands/demands.ts';
import type { Mention } from '../demands/subjects.ts';
import type { Span } from '../text/span.ts';

export type MetricChoice = {
  metric: Subject;
  source: 'stated' | 'inferred' | 'default';
  words: Span | null;
  confidence: number;
};

const classification: readonly Subject[] = ['accuracy', 'precision', 'recall', 'f1', 'macro_f1', 'auc'];
const graded: readonly Subject[] = [...classification, 'quadratic_kappa'];
const regression: readonly Subject[] = ['mae', 'rmse', 'mape', 'r2'];

/** Metrics that can count for a family; the first is the default. */
export const metricsOf: Record<TaskFamily, readonly Subject[]> = {
  tabular_classification: graded,
  text_classification: graded,
  image_classification: classification,
  tabular_regression: regression,
  time_series_forecasting: regression,
  sequence_to_sequence: ['chrf', 'bleu', 'cer', 'accuracy'],
  face_verification: [
    'accuracy',
    'true_accept_rate',
    'false_accept_rate',
    'equal_error_rate',
    'rank1',
    'auc',
    'precision',
    'recall',
    'f1',
  ],
};

const cues =
  /衡量|评[估价判测]|指标|关注|看重|为准|关心|优化|打分|主要看|重点看|(?:只|就|应该|应|主)看|考核|为主|最重要|(?<![a-z])(?:judged?|measured?|metric|counts?|matters?|care|optimi[sz]e|focus|evaluat\w+|scored?|assess\w*|important|priority|look at|graded|use)(?![a-z])/;
const imbalance = /不均衡|不平衡|失衡|极少|占比很小|(?<![a-z])(?:im|un)balanced?|skewed|rare(?:ly)?(?![a-z])/;
const properNames =
  /f-?1|auc|mae|rmse|mape|r2|r²|r\^2|chrf|bleu|accuracy|precision|recall|sensitivity|准确率|正确率|精确率|查准率|召回|查全率|精度|绝对误差|均方根|百分比误差|决定系数|percentage error|absolute error|squared|true accept|通过率|equal error|eer|(?<![a-z])cer(?![a-z])|character error|字符错误|字错误?率|kappa|卡帕|qwk|等错误?率|rank/;

type Basis = { task: TaskFamily | null; mentions: Mention[]; demands: Demand[]; clauseText: (span: Span) => string };

/** Named as the one that counts, else demanded with a number, else merely named, else the family's default. */
export const chooseMetric = (text: string, { task, mentions, demands, clauseText }: Basis): MetricChoice | null => {
  const fits = (subject: Subject) => isQuality(subject) && (task === null || metricsOf[task].includes(subject));
  const named = mentions.filter(
    (mention) => fits(mention.subject) && properNames.test(text.slice(mention.start, mention.end)),
  );
  const counted = named.find(
    (mention) =>
      cues.test(clauseText(mention)) &&
      !demands.some(
        ({ quote, subject }) => subject === mention.subject && quote.start <= mention.start && mention.end <= quote.end,
      ),
  );
  const stated = (mention: Mention): MetricChoice => ({
    metric: mention.subject,
    source: 'stated',
    words: mention,
    confidence: 0.95,
  });
  if (counted) return stated(counted);
  const demanded = demands
    .filter(({ subject }) => fits(subject))
    .toSorted((a, b) => Number(a.wish) - Number(b.wish) || a.named.start - b.named.start)[0];
  const emphasised = named.find((mention) => cues.test(clauseText(mention)));
  const chosen = emphasised ?? demanded;
  if (chosen) return { metric: chosen.subject, source: 'inferred', words: null, confidence: 0.9 };
  if (named[0]) return stated(named[0]);
  if (task === null) return null;
  const uneven = imbalance.test(text) && metricsOf[task].includes('macro_f1');
  return {
    metric: uneven ? 'macro_f1' : metricsOf[task][0]!,
    source: uneven ? 'inferred' : 'default',
    words: null,
    confidence: uneven ? 0.85 : 0.75,
  };
};
