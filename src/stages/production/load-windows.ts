import type { Requirements } from '../../artifacts/requirements.ts';
import type { LoadResult } from '../../rollout/load/load-task.ts';
import { runLoad } from '../../rollout/load/open-loop-load.ts';
import { checkSlas } from '../sla.ts';

type Target = { url: string; body: (index: number) => string; signal: AbortSignal };
type Plan = { rate: number; warmup_seconds: number; seconds: number; connections: number };

/**
 * One window of load; where a latency or error row is not met in it, two more, and the median of each figure counts:
 * something else on the machine can spoil a window, but not the median of three without being told of.
 */
export const measureLoad = async (
  target: Target,
  plan: Plan,
  { items }: Requirements,
): Promise<{ load: LoadResult; windows: number }> => {
  const window = () =>
    runLoad({
      ...target,
      rate: plan.rate,
      warmupSeconds: plan.warmup_seconds,
      seconds: plan.seconds,
      connections: plan.connections,
    });
  const first = await window();
  const rows = checkSlas(items, loadFigures(first), ['service'], Object.keys(loadFigures(first)));
  if (rows.every(({ met }) => met)) return { load: first, windows: 1 };
  const all = [first, await window(), await window()];
  return { load: medianOf(all), windows: all.length };
};

/** What a window of load says of the requirements, by subject. */
export const loadFigures = ({ latency, errors, requests }: LoadResult): Record<string, number> => {
  const errorRate = requests === 0 ? 1 : errors / requests;
  return {
    latency: latency.p95,
    latency_mean: latency.mean,
    latency_p50: latency.p50,
    latency_p95: latency.p95,
    latency_p99: latency.p99,
    error_rate: errorRate,
    availability: 1 - errorRate,
  };
};

const medianOf = (windows: LoadResult[]): LoadResult => {
  const median = (pick: (window: LoadResult) => number) =>
    windows.map(pick).sort((a, b) => a - b)[Math.floor(windows.length / 2)]!;
  return {
    requests: median((one) => one.requests),
    errors: median((one) => one.errors),
    achievedRps: median((one) => one.achievedRps),
    latency: {
      mean: median((one) => one.latency.mean),
      p50: median((one) => one.latency.p50),
      p95: median((one) => one.latency.p95),
      p99: median((one) => one.latency.p99),
      max: median((one) => one.latency.max),
    },
    statusCounts: windows[0]!.statusCounts,
    timeline: windows[0]!.timeline,
  };
};
