import { Agent, request } from 'node:http';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { LoadPlan, LoadReply, LoadResult, LoadTask } from './load-task.ts';
import { percentile } from './percentile.ts';
import type { Target } from './private-target.ts';

type Outcome = { status: string; latency: number; end: number };
type Sender = (body: string, scheduled: number, done: (outcome: Outcome) => void) => void;

const answerLimitMs = 10_000;
/** Timers are exact to a millisecond or two; the rest of the wait is spun. */
const timerSlackMs = 2;
const saturation = { stepSeconds: 0.4, answerLimitMs: 1000, totalMs: 4000, connections: 64, kept: 0.9 };

const runTask = async (task: LoadTask): Promise<LoadReply> => {
  const connections = task.kind === 'load' ? task.plan.connections : saturation.connections;
  const agent = new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections });
  const send = sender(task.target, agent);
  if (task.kind === 'saturation') return { kind: 'saturation', rps: await saturate(send, task) };
  return { kind: 'load', result: await load(send, task.bodies, task.plan, answerLimitMs) };
};

/** Each request ends in exactly one outcome; a lost connection is not tried again. */
const sender =
  ({ address, port, path, host }: Target, agent: Agent): Sender =>
  (body, scheduled, done) => {
    let open = true;
    const finish = (status: string) => {
      if (!open) return;
      open = false;
      const end = performance.now();
      done({ status, latency: end - scheduled, end });
    };
    const headers = { host, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const outgoing = request({ host: address, port, path, method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.once('end', () => finish(answer.complete ? String(answer.statusCode) : 'cut short'));
      answer.once('error', () => finish('cut short'));
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.name));
    outgoing.end(body);
  };

const load = async (send: Sender, bodies: string[], plan: LoadPlan, limitMs: number): Promise<LoadResult> => {
  const { rate, warmupSeconds, seconds } = plan;
  const skipped = Math.round(rate * warmupSeconds);
  const total = Math.max(skipped + 1, Math.round(rate * (warmupSeconds + seconds)));
  const outcomes: Outcome[] = [];
  const begin = performance.now() + timerSlackMs;
  let waiting = 0;
  for (let index = 0; index < total; index++) {
    const scheduled = begin + (index * 1000) / rate;
    if (performance.now() < scheduled) await until(scheduled);
    waiting++;
    send(bodies[index % bodies.length]!, scheduled, (outcome) => {
      waiting--;
      if (index >= skipped) outcomes.push(outcome);
    });
    // Overdue requests go out together, but answers must be read in between.
    if (index % 16 === 15) await immediate();
  }
  const last = performance.now() + limitMs;
  while (waiting > 0 && performance.now() < last) await pause(1);
  return summary(outcomes, total - skipped, begin + (skipped * 1000) / rate, (total - skipped) / rate);
};

const summary = (outcomes: Outcome[], requests: number, begin: number, planned: number): LoadResult => {
  const good = outcomes.filter(({ status }) => status.startsWith('2') && status.length === 3);
  const statusCounts: Record<string, number> = {};
  for (const { status } of outcomes) statusCounts[status] = (statusCounts[status] ?? 0) + 1;
  if (outcomes.length < requests) statusCounts['no answer'] = requests - outcomes.length;
  const sorted = Float64Array.from(good, ({ latency }) => latency).sort();
  const end = good.reduce((latest, outcome) => Math.max(latest, outcome.end), begin);
  const [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1].map((share) => percentile(sorted, share)) as [
    number,
    number,
    number,
    number,
  ];
  const mean =
    good.length === 0 ? Number.POSITIVE_INFINITY : sorted.reduce((sum, value) => sum + value, 0) / good.length;
  return {
    requests,
    errors: requests - good.length,
    achievedRps: good.length / Math.max(planned, (end - begin) / 1000),
    latency: { mean, p50, p95, p99, max },
    statusCounts,
  };
};

/** Doubles the rate until answers fall behind it; what was reached then is the most that the service can do. */
const saturate = async (send: Sender, task: LoadTask & { kind: 'saturation' }): Promise<number> => {
  const { stepSeconds, connections } = saturation;
  const end = performance.now() + saturation.totalMs;
  let best = 0;
  for (let rate = Math.min(task.startRate, task.limitRate); performance.now() < end; rate *= 2) {
    const plan = { rate: Math.min(rate, task.limitRate), warmupSeconds: 0, seconds: stepSeconds, connections };
    const step = await load(send, task.bodies, plan, saturation.answerLimitMs);
    const behind = step.achievedRps < saturation.kept * plan.rate;
    best = Math.max(best, step.achievedRps);
    if (behind || step.errors > 0 || rate >= task.limitRate) break;
  }
  return best;
};

const until = async (moment: number): Promise<void> => {
  const spare = moment - performance.now() - timerSlackMs;
  if (spare > 0) await pause(spare);
  while (performance.now() < moment) await immediate();
};

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const immediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

if (!isMainThread) parentPort?.postMessage(await runTask(workerData as LoadTask));
