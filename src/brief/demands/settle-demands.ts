import type { TaskFamily } from '../../artifacts/requirements.ts';
import { type Subject, wordOf } from '../../artifacts/vocabulary.ts';
import { exact } from '../text/numbers.ts';
import type { Demand } from './demands.ts';

export type SettledDemands = { demands: Demand[]; conflicts: Demand[][]; impossible: Demand[] };

/**
 * One demand a subject: equal ones are joined, a wish yields to a duty, and an answer decides between contradictory
 * ones. `answer` looks up what a person said to a question id.
 */
export const settleDemands = (
  found: Demand[],
  { task, answer }: { task: TaskFamily | null; answer: (id: string) => string | undefined },
): SettledDemands => {
  const settled: SettledDemands = { demands: [], conflicts: [], impossible: [] };
  const bySubject = Map.groupBy(
    found.map((demand) => forTask(demand, task)),
    ({ subject }) => subject,
  );
  for (const [subject, all] of bySubject) {
    const duties = all.some(({ wish }) => !wish) ? all.filter(({ wish }) => !wish) : all;
    const ideal = all.find(({ wish }) => wish && !duties.includes(all.find((other) => other.wish)!));
    const distinct = duties.filter(
      (demand, index) => duties.findIndex(({ value, op }) => value === demand.value && op === demand.op) === index,
    );
    const noted = ideal ? distinct.map((demand) => ({ ...demand, note: `ideally ${ideal.value}` })) : distinct;
    const broken = noted.filter(({ impossible }) => impossible);
    if (noted.length > 1) settled.conflicts.push(noted);
    settled.impossible.push(...broken);
    settled.demands.push(
      ...decide(noted, answer(`Q-conflict-${slug(subject)}`), answer(`Q-impossible-${slug(subject)}`)),
    );
  }
  return settled;
};

export const slug = (subject: Subject): string => subject.replaceAll('_', '-');

/** The demand that is hardest to meet. */
export const strictest = (demands: Demand[]): Demand =>
  demands.toSorted((a, b) => (wordOf(a.subject).better === 'lower' ? a.value - b.value : b.value - a.value))[0]!;

const decide = (demands: Demand[], conflict: string | undefined, repair: string | undefined): Demand[] => {
  const kept = demands.length > 1 ? chosen(demands, conflict) : demands;
  return kept.flatMap((demand) => (demand.impossible ? repaired(demand, repair) : [demand]));
};

const chosen = (demands: Demand[], answer: string | undefined): Demand[] => {
  const value = Number(answer);
  if (answer === undefined || !Number.isFinite(value)) return demands.map((demand) => ({ ...demand, confidence: 0.5 }));
  const meant = demands.find((demand) => demand.value === value) ?? strictest(demands);
  return [{ ...meant, value, confidence: 1 }];
};

const repaired = (demand: Demand, answer: string | undefined): Demand[] => {
  if (answer === 'drop') return [];
  const value = Number(answer);
  return answer !== undefined && value >= 0 && value <= 1
    ? [{ ...demand, value, confidence: 1, impossible: false }]
    : [{ ...demand, confidence: 0.2, note: 'impossible: shares lie between 0 and 1' }];
};

const classes = new Set<TaskFamily | null>([
  'tabular_classification',
  'text_classification',
  'image_classification',
  'face_verification',
]);
const numbers = new Set<TaskFamily | null>(['tabular_regression', 'time_series_forecasting']);

/** "Error of 5 %" is a percentage error where a number is predicted and wrong answers where a class is. */
const forTask = (demand: Demand, task: TaskFamily | null): Demand => {
  if (demand.subject === 'rank1' && task !== 'face_verification') return { ...demand, subject: 'accuracy' };
  const complemented = demand.note?.startsWith('written as one minus');
  if (demand.subject === 'accuracy' && complemented && numbers.has(task)) {
    return {
      ...demand,
      subject: 'mape',
      value: exact(1 - demand.value),
      op: demand.op === '>' ? '<' : '<=',
      note: null,
    };
  }
  if (demand.subject === 'mape' && classes.has(task)) {
    return {
      ...demand,
      subject: 'accuracy',
      value: exact(1 - demand.value),
      op: demand.op === '<' ? '>' : '>=',
      note: 'written as one minus the stated rate',
    };
  }
  return demand.subject === 'accuracy' && numbers.has(task)
    ? { ...demand, confidence: Math.min(demand.confidence, 0.5), note: 'accuracy of a number needs a tolerance' }
    : demand;
};
