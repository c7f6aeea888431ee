import { Worker } from 'node:worker_threads';
import { AppError } from '../../errors.ts';
import type { LoadReply, LoadResult, LoadTask } from './load-task.ts';
import { privateTarget } from './private-target.ts';

export type LoadOptions = {
  /** `http:` on this machine or in a private network. */
  url: string;
  /** The body of the request with this number; after `distinctBodies` of them they come round again. */
  body: (index: number) => string;
  /** Requests per second, sent whether or not earlier ones were answered. */
  rate: number;
  warmupSeconds: number;
  seconds: number;
  connections: number;
  signal?: AbortSignal | undefined;
};

export type SaturationOptions = {
  url: string;
  body: (index: number) => string;
  startRate: number;
  limitRate: number;
  signal?: AbortSignal | undefined;
};

const distinctBodies = 1000;

/** Constant-rate load without retries. It runs in a thread of its own, so that the caller's work does not delay it. */
export const runLoad = async (options: LoadOptions): Promise<LoadResult> => {
  const { rate, warmupSeconds, seconds, connections } = options;
  checkPositive({ rate, seconds, connections });
  const count = Math.max(1, Math.round(rate * (warmupSeconds + seconds)));
  const target = await privateTarget(options.url);
  const plan = { rate, warmupSeconds, seconds, connections };
  const reply = await inWorker({ kind: 'load', target, bodies: bodiesOf(options.body, count), plan }, options.signal);
  return reply.kind === 'load' ? reply.result : unexpected(reply);
};

/** The most successful requests a second that short steps of a doubling rate reach; ends within about 5 s. */
export const findSaturation = async (options: SaturationOptions): Promise<{ rps: number }> => {
  const { startRate, limitRate } = options;
  checkPositive({ startRate, limitRate });
  const target = await privateTarget(options.url);
  const bodies = bodiesOf(options.body, distinctBodies);
  const reply = await inWorker({ kind: 'saturation', target, bodies, startRate, limitRate }, options.signal);
  return reply.kind === 'saturation' ? { rps: reply.rps } : unexpected(reply);
};

const bodiesOf = (body: (index: number) => string, count: number): string[] =>
  Array.from({ length: Math.min(count, distinctBodies) }, (_, index) => body(index));

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
