import { type Pool, pools } from '../target/target.ts';

/** A copy of a version as the router knows it; weight 0: no new request, those in flight go on. */
export type RoutedServer = { pool: Pool; index: number; port: number; weight: number };

/** Sends requests to versions by weight. Lives longer than the program, and is driven by commands, never restarted. */
export type Router = {
  kind: 'haproxy' | 'builtin';
  /** Where clients send their requests. */
  url: string;
  /** Starts it where it does not run, with the servers that it had; takes over one that cannot be spoken to. */
  ensure(): Promise<void>;
  /** The servers from now on; those that are absent get nothing any more. */
  apply(servers: RoutedServer[]): Promise<void>;
  /** Requests that were sent to the pool and have no whole answer yet. */
  inFlight(pool: Pool): Promise<number>;
  /** Ends the requests in flight on the pool; how many there were. */
  cut(pool: Pool): Promise<number>;
  stop(): Promise<void>;
};

/** Servers of a pool at most: so many places stand in the router's configuration. */
export const placesPerPool = 16;
const mostWeight = 256;

/** One weight for each server of either pool, so that `share` (0..1) of the requests goes to the second one. */
export const weightsFor = (
  share: number,
  servers: { first: number; second: number },
): { first: number; second: number } => {
  if (servers.second === 0 || share <= 0) return { first: mostWeight, second: 0 };
  if (servers.first === 0 || share >= 1) return { first: 0, second: mostWeight };
  let best = { first: 1, second: 1, error: Number.POSITIVE_INFINITY };
  for (let second = 1; second <= mostWeight; second++) {
    const wanted = (second * servers.second * (1 - share)) / (share * servers.first);
    const first = Math.min(mostWeight, Math.max(1, Math.round(wanted)));
    const reached = (second * servers.second) / (second * servers.second + first * servers.first);
    const error = Math.abs(reached - share);
    if (error < best.error - 1e-9) best = { first, second, error };
  }
  return { first: best.first, second: best.second };
};

export const serverName = ({ pool, index }: { pool: Pool; index: number }): string => `${pool}${index}`;

/** A request as the router logs it, when its answer has ended. */
export type RoutedRequest = { pool: Pool; status: number; ms: number; at: number };

/** `blue1 200 12 1700000000123`: server, status (0 or -1: none came), milliseconds, when it came (ms since 1970). */
export const parseLogLine = (line: string): RoutedRequest | null => {
  const match = /^([a-z]+)\d+ (-?\d+) (-?\d+) (\d+)/.exec(line.trim());
  const pool = pools.find((one) => one === match?.[1]);
  if (!match || !pool) return null;
  const [, , status, ms, at] = match;
  return { pool, status: Math.max(0, Number(status)), ms: Math.max(0, Number(ms)), at: Number(at) };
};
