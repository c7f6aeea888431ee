import type { ServiceSpec } from '../../artifacts/service/service-spec.ts';
import { otherPool } from '../../deploy/target/target.ts';
import type { Release } from './state.ts';

/** How a version will come to all traffic, beside the one that is live. */
export const releaseOf = (
  spec: ServiceSpec,
  {
    version,
    live,
    strategy = spec.rollout.strategy,
  }: { version: string; live: Release | null; strategy?: 'blue-green' | 'canary' | undefined },
): Release => {
  const { steps, watch_seconds, on_inconclusive } = spec.rollout;
  const isCanary = strategy === 'canary';
  return {
    version,
    pool: live ? otherPool(live.pool) : 'blue',
    plan: {
      strategy,
      steps: isCanary ? steps.filter(({ share_percent }) => share_percent < 100) : [],
      // The last step of a canary has all traffic: its time is watched, with the old version warm.
      watch_seconds: isCanary ? Math.max(watch_seconds, steps.at(-1)!.seconds) : watch_seconds,
      on_inconclusive,
    },
  };
};
