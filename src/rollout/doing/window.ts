import type { JudgePolicy } from '../../artifacts/service/service-spec.ts';
import type { RoutedRequest } from '../../deploy/router/router.ts';
import type { Pool } from '../../deploy/target/target.ts';
import type { JudgeInput, RequestRecord, Slot } from '../judge/judgement.ts';
import { type ErrorWatch, watchErrors } from './gross-fault.ts';
import type { Predictions } from './scrape.ts';

/** What the router has logged since a share was set, by the slot that each version has now. */
export type Window = {
  add(request: RoutedRequest): void;
  records(): RequestRecord[];
  counts(): Record<Slot, { requests: number; errors: number }>;
  /** Set by the request that made the errors of the new version gross. */
  gross(): boolean;
  seconds(): number;
};

/** Older requests of a slot are left out beyond this: what is judged must fit into memory and a file. */
const keptPerSlot = 200_000;

export const isError = (status: number): boolean => status === 0 || status >= 500;

type Opening = {
  now: number;
  /** Requests of the version that serves from before the window, which say what errors are usual. */
  usual: { requests: number; errors: number };
  /** What the window had seen when it was held; its time goes on from there. */
  carried?: { seconds: number; requests: RequestRecord[] } | null;
};

export const openWindow = (canary: Pool, { now: opened, usual, carried = null }: Opening): Window => {
  const now = opened - (carried?.seconds ?? 0) * 1000;
  const of = (slot: Slot) => carried?.requests.filter((one) => one.slot === slot) ?? [];
  const kept: Record<Slot, RequestRecord[]> = { stable: of('stable'), canary: of('canary') };
  const countOf = (records: RequestRecord[]) => ({
    requests: records.length,
    errors: records.filter(({ status }) => isError(status)).length,
  });
  const counts = { stable: countOf(kept.stable), canary: countOf(kept.canary) };
  let watch: ErrorWatch = watchErrors(rateOf(usual));
  let isGross = false;
  return {
    add({ pool, status, ms, at }) {
      if (at < opened) return;
      const slot: Slot = pool === canary ? 'canary' : 'stable';
      kept[slot].push({ slot, at: at - now, status, ms });
      if (kept[slot].length > keptPerSlot * 1.1) kept[slot] = kept[slot].slice(-keptPerSlot);
      counts[slot].requests++;
      if (isError(status)) counts[slot].errors++;
      if (slot === 'canary') isGross ||= watch.see(isError(status));
      // What is usual is known better with each request of the old version; the watch starts over at most a few times.
      else if (isError(status) && counts.stable.errors === 5 && usual.errors < 5)
        watch = watchErrors(rateOf(counts.stable));
    },
    records: () => [...kept.stable, ...kept.canary],
    counts: () => structuredClone(counts),
    gross: () => isGross,
    seconds: () => (Date.now() - now) / 1000,
  };
};

const rateOf = ({ requests, errors }: { requests: number; errors: number }): number =>
  requests === 0 ? 0 : errors / requests;

export const judgeInputOf = (
  policy: JudgePolicy,
  {
    requests,
    looks,
    predictions,
    missing,
  }: {
    requests: RequestRecord[];
    looks: JudgeInput['looks'];
    predictions: { stable: Predictions; canary: Predictions } | null;
    missing: string[];
  },
): JudgeInput => {
  const { error_rate, ...rest } = policy;
  return {
    policy: { ...rest, ...(error_rate === undefined ? {} : { error_rate }) },
    looks,
    requests,
    predictions,
    quality: null,
    missing_metrics: missing,
  };
};
