import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceSpec } from '../../artifacts/service/service-spec.ts';
import type { Instance, Target } from '../../deploy/target/target.ts';
import { probe } from './probes.ts';
import { metricsOf } from './scrape.ts';

const everyMs = 1000;
const failuresInRow = 3;

/**
 * Asks each copy once a second whether it is ready. A complaint is a copy that failed three times in a row, one that
 * has ended by itself since the watch began, or one that was seen three times in a row over a requirement's memory. It
 * asks only while it is asked itself.
 */
export const healthWatch = (
  instances: Instance[],
  { spec, target }: { spec: ServiceSpec; target: Target },
): { complaint(): string | null; ending(): Promise<string | null> } => {
  const failures = new Map<string, number>();
  const starts = new Map<string, number>();
  const heavy = memoryWatch(spec);
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
    found ??= await heavy(instance);
    if (state.starts > known) found ??= `${name} ended by itself${state.ended ? `: ${state.ended}` : ''}`;
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
    /** Why a copy has ended by itself, asked at once: what looks like errors may be a process that is gone. */
    async ending() {
      for (const { name, ...instance } of instances) {
        const { starts: now, ended } = await target.state({ name, ...instance });
        if (ended && now >= (starts.get(name) ?? 1)) return `${name} ended by itself: ${ended}`;
      }
      return null;
    },
  };
};

/** Memory is a promise like any other: a version that leaks is sent back before the machine has none left. */
const memoryWatch = ({ slas, metrics }: ServiceSpec): ((instance: Instance) => Promise<string | null>) => {
  const row = slas.find(({ subject, op, value }) => subject === 'memory' && op.startsWith('<') && Number(value) > 0);
  const over = new Map<string, number>();
  return async (instance) => {
    if (!row) return null;
    const samples = await metricsOf(instance, metrics.path);
    const used = samples.find(({ name }) => name === 'process_resident_memory_bytes')?.value ?? 0;
    const limit = Number(row.value);
    const count = used / 1e6 > limit ? (over.get(instance.name) ?? 0) + 1 : 0;
    over.set(instance.name, count);
    return count < failuresInRow
      ? null
      : `${instance.name} uses ${Math.round(used / 1e6)} MB of memory, ${row.requirement} allows ${limit} MB`;
  };
};

const soonMs = 50;

/** The answer if it is there in a moment; a decision does not wait for its reason. */
export const soonOr = (answer: Promise<string | null>): Promise<string | null> =>
  Promise.race([answer.catch(() => null), sleep(soonMs, null)]);
