import type { ServiceSpec } from '../../artifacts/service/service-spec.ts';
import type { Instance, Target } from '../../deploy/target/target.ts';
import { probe } from './probes.ts';

const everyMs = 1000;
const failuresInRow = 3;

/**
 * Asks each copy once a second whether it is ready. A complaint is a copy that failed three times in a row, or one
 * that has ended by itself since the watch began. It asks only while it is asked itself.
 */
export const healthWatch = (
  instances: Instance[],
  { spec, target }: { spec: ServiceSpec; target: Target },
): { complaint(): string | null } => {
  const failures = new Map<string, number>();
  const starts = new Map<string, number>();
  let found: string | null = null;
  let next = performance.now() + everyMs;
  let asking = false;
  const ask = async (instance: Instance) => {
    const { name } = instance;
    const { ok, said } = await probe(instance, spec.probes.ready);
    const count = ok ? 0 : (failures.get(name) ?? 0) + 1;
    failures.set(name, count);
    if (count >= failuresInRow)
      found ??= `${name}: ${spec.probes.ready} failed ${count} times in a row, at last with ${said}`;
    const state = await target.state(instance);
    const known = starts.get(name) ?? state.starts;
    starts.set(name, known);
    if (state.starts > known) found ??= `${name} ended by itself`;
  };
  return {
    complaint() {
      if (!asking && performance.now() >= next) {
        asking = true;
        void Promise.all(instances.map(ask)).finally(() => {
          asking = false;
          next = performance.now() + everyMs;
        });
      }
      return found;
    },
  };
};
