import type { Judgement } from '../judge/judgement.ts';

type Seen = {
  /** Requests of the new version so far, and for how long. */
  requests: number;
  seconds: number;
  /** When the step ends at the latest, and what happens then if nothing can be said. */
  longest: number;
  finally: 'rollback' | 'ask' | 'promote';
};

const consequence: Record<Seen['finally'], string> = {
  rollback: 'the old version comes back',
  ask: 'it is held and you are asked',
  promote: 'it goes on all the same',
};

/** What is missing for a verdict, when that will have come at the present rate, and whether the step lasts so long. */
export const outlook = ({ verdict, checks }: Judgement, seen: Seen): string | null => {
  if (verdict !== 'inconclusive') return null;
  const { requests, seconds, longest } = seen;
  const more = Math.max(0, ...checks.map(({ figures }) => figures.more_needed ?? 0));
  const left = Math.max(0, longest - seconds);
  const ends = `the step ends in ${inWords(left)} at the latest, then ${consequence[seen.finally]}`;
  if (more === 0 || requests === 0 || seconds === 0) return left < 1 ? null : ends;
  const rate = requests / seconds;
  const needed = more / rate;
  const time = `at ${Number(rate.toPrecision(2))} requests/s on the new version ${more} more take about ${inWords(needed)}`;
  if (needed <= left) return time;
  if (left < 1) return `${time}: a larger share or longer steps would do`;
  return `${time}; ${ends}: a larger share or longer steps would do`;
};

export const inWords = (seconds: number): string => {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
};
