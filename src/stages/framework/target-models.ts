import type { Prepared } from '../../data/prepare.ts';
import type { StageContext } from '../context.ts';

type Family = StageContext['rules']['ML']['families'][string];

/** Counts are small: beyond, a number of anything is near enough to a measurement. */
const largestCount = 1000;

/** What the median makes least; the mean makes squares least, and of a skewed target lies far from most rows. */
const absolute = ['mae', 'mape'];

/** The family with the models that are made for a target of grades, or of counts, or for a metric of absolute errors. */
export const withTargetModels = (
  family: Family,
  { sealed: { schema }, profiles }: Prepared,
  metric: string | null,
): Family => {
  const target = profiles.find(({ name }) => name === schema.target)!;
  const counts = schema.classes === null && target.integers && target.min! >= 0 && target.max! <= largestCount;
  const byErrors = absolute.includes(metric ?? family.metric);
  const more = [
    ...(schema.ordered ? (family.of_grades ?? []) : []),
    ...(counts ? (family.of_counts ?? []) : []),
    ...(byErrors ? (family.of_absolute ?? []) : []),
  ];
  const trivial = (byErrors && family.trivial_of_absolute) || family.trivial;
  return { ...family, trivial, baselines: [...family.baselines, ...more] };
};
