import { type SlaRow, slaRows } from '../../artifacts/service/sla-rows.ts';
import type { LoadResult } from '../../rollout/load/load-task.ts';
import { findSaturation, runLoad } from '../../rollout/load/open-loop-load.ts';
import { requestMix } from '../../rollout/load/request-mix.ts';
import { peakResidentMb } from '../../world/process-memory.ts';
import type { World } from '../../world/world.ts';
import type { Where } from '../release/find-service.ts';
import { addressService } from './service-address.ts';

export type LoadAsked = { rate: number; seconds: number; saturation: boolean };
export type Loaded = {
  service: string;
  url: string;
  rate: number;
  load: LoadResult;
  /** Requests per second; null: not looked for. */
  saturation_rps: number | null;
  /** Highest resident memory of the serving process (MB); null: it cannot be seen from here. */
  peak_memory_mb: number | null;
  rows: SlaRow[];
};

const warmupSeconds = 1;
/** A connection for each request that a slow second may leave open, within what a small service takes. */
const connectionsFor = (rate: number): number => Math.min(256, Math.max(16, Math.ceil(rate / 4)));
const furthest = 16;

/** The spec's traffic at a constant rate, and what its SLA rows say to that. */
export const loadService = async (
  world: World,
  where: Where & { url?: string | undefined },
  { rate, seconds, saturation }: LoadAsked,
  signal: AbortSignal,
): Promise<Loaded> => {
  const { home, url, pid } = await addressService(world, where);
  const mix = requestMix(home.spec);
  const load = await runLoad({ url, mix, rate, seconds, warmupSeconds, connections: connectionsFor(rate), signal });
  const most = saturation
    ? (await findSaturation({ url, mix, startRate: rate, limitRate: rate * furthest, signal })).rps
    : null;
  const memory = pid === null ? null : peakResidentMb(String(pid));
  const rows = slaRows(home.spec.slas, figuresOf(load, most, memory));
  return { service: home.spec.name, url, rate, load, saturation_rps: most, peak_memory_mb: memory, rows };
};

/** By subject. The rate that was reached shows at least that throughput; a saturation shows more. */
const figuresOf = (
  { latency, errors, requests, achievedRps }: LoadResult,
  most: number | null,
  memory: number | null,
) => {
  const errorRate = requests === 0 ? 1 : errors / requests;
  return {
    latency: latency.p95,
    latency_mean: latency.mean,
    latency_p50: latency.p50,
    latency_p95: latency.p95,
    latency_p99: latency.p99,
    error_rate: errorRate,
    availability: 1 - errorRate,
    throughput: Math.max(achievedRps, most ?? 0),
    memory,
  };
};
