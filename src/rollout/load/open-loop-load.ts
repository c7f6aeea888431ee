import { Worker } from 'node:worker_threads';
import { AppError } from '../../errors.ts';
import type { LoadReply, LoadRequest, LoadResult, LoadTask } from './load-task.ts';
import { privateTarget, type Target } from './private-target.ts';
import { posts } from './request-mix.ts';

/** What is sent: JSON bodies by POST to the URL's own path, or a mix of requests to its host. */
type Sent =
  | {
      /** The body of the request with this number; after a thousand of them they come round again. */
      body: (index: number) => string;
    }
  | { mix: LoadRequest[] };

/** `url`: `http:` on this machine or in a private network. */
type Addressed = Sent & { url: string; signal?: AbortSignal | undefined };

export type LoadOptions = Addressed & {
  /** Requests per second, sent whether or not earlier ones were answered. */
  rate: number;
  warmupSeconds: number;
  seconds: number;
  connections: number;
};

export type SaturationOptions = Addressed & { startRate: number; limitRate: number };

/** Constant-rate load without retries. It runs in a thread of its own, so that the caller's work does not delay it. */
export const runLoad = async (options: LoadOptions): Promise<LoadResult> => {
  const { rate, warmupSeconds, seconds, connections } = options;
  checkPositive({ rate, seconds, connections });
  const count = Math.round(rate * (warmupSeconds + seconds));
  const target = await privateTarget(options.url);
  const plan = { rate, warmupSeconds, seconds, connections };
  const requests = requestsOf(options, target, count);
  const reply = await inWorker({ kind: 'load', target, requests, plan }, options.signal);
  return reply.kind === 'load' ? reply.result : unexpected(reply);
};

/** The most successful requests a second that short steps of a doubling rate reach; ends within about 5 s. */
export const findSaturation = async (options: SaturationOptions): Promise<{ rps: number }> => {
  const { startRate, limitRate } = options;
  checkPositive({ startRate, limitRate });
  const target = await privateTarget(options.url);
  const requests = requestsOf(options, target, Number.POSITIVE_INFINITY);
  const reply = await inWorker({ kind: 'saturation', target, requests, startRate, limitRate }, options.signal);
  return reply.kind === 'saturation' ? { rps: reply.rps } : unexpected(reply);
};

const requestsOf = (sent: Sent, { path }: Target, count: number): LoadRequest[] => {
  const requests = 'mix' in sent ? sent.mix : posts(path, sent.body, count);
  if (requests.length > 0) return requests;
  throw new AppError('usage', 'there is no request to send', {
    hint: "Name requests under `traffic` (or `smoke`) in the service's spec.",
  });
};

const checkPositive = (values: Record<string, number>) => {
  for (const [name, value] of Object.entries(values)) {
    if (!(Number.isFinite(value) && value > 0)) throw new AppError('usage', `${name} is ${value}, not above zero`);
  }
};

const unexpected = (reply: LoadReply): never => {
  throw new Error(`the load worker answered ${reply.kind}`);
};

/** The worker lies beside this file, in whichever form this file runs. */
const workerFile = new URL(`./load-worker.${import.meta.filename.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

const inWorker = async (task: LoadTask, signal: AbortSignal | undefined): Promise<LoadReply> => {
  signal?.throwIfAborted();
  const worker = new Worker(workerFile, { workerData: task });
  try {
    return await new Promise<LoadReply>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`the load worker ended with ${code} and no answer`)));
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  } finally {
    await worker.terminate();
  }
};
