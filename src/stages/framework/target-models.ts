import type { Prepared } from '../../data/prepare.ts';
import type { StageContext } from '../context.ts';

type Family = StageContext['rules']['ML']['families'][string];

/** Counts are small: beyond, a number of anything is near enough to a measurement. */
const largestCount = 1000;

/** The family with the models that are made for a target of grades, or of counts. */
export const withTargetModels = (family: Family, { sealed: { schema }, profiles }: Prepared): Family => {
  const target = profiles.find(({ name }) => name === schema.target)!;
  const counts = schema.classes === null && target.integers && target.min! >= 0 && target.max! <= largestCount;
  const more = [...(schema.ordered ? (family.of_grades ?? []) : []), ...(counts ? (family.of_counts ?? []) : [])];
  return { ...family, baselines: [...family.baselines, ...more] };
};
