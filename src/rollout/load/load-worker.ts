import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { loadSummary } from './load-summary.ts';
import type { LoadPlan, LoadReply, LoadRequest, LoadResult, LoadTask } from './load-task.ts';
import { type Outcome, openSender, type Sender } from './sender.ts';

const answerLimitMs = 10_000;
/** Timers are exact to a millisecond or two; the rest of the wait is spun. */
const timerSlackMs = 2;
const saturation = { stepSeconds: 0.4, answerLimitMs: 1000, totalMs: 4000, connections: 64, kept: 0.9 };

const runTask = async (task: LoadTask): Promise<LoadReply> => {
  const connections = task.kind === 'load' ? task.plan.connections : saturation.connections;
  const sender = openSender(task.target, connections, answerLimitMs);
  try {
    if (task.kind === 'saturation') return { kind: 'saturation', rps: await saturate(sender, task) };
    return { kind: 'load', result: await load(sender, task.requests, task.plan, answerLimitMs) };
  } finally {
    await sender.close();
  }
};

const load = async (sender: Sender, requests: LoadRequest[], plan: LoadPlan, limitMs: number): Promise<LoadResult> => {
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
    sender.send(requests[index % requests.length]!, scheduled, (outcome) => {
      waiting--;
      if (index >= skipped) outcomes.push(outcome);
    });
    // Overdue requests go out together, but answers must be read in between.
    if (index % 16 === 15) await immediate();
  }
  const last = performance.now() + limitMs;
  while (waiting > 0 && performance.now() < last) await pause(1);
  const measured = total - skipped;
  return loadSummary(outcomes, {
    requests: measured,
    begin: begin + (skipped * 1000) / rate,
    seconds: measured / rate,
  });
};

/** Doubles the rate until answers fall behind it; what was reached then is the most that the service can do. */
const saturate = async (sender: Sender, task: LoadTask & { kind: 'saturation' }): Promise<number> => {
  const { stepSeconds, connections } = saturation;
  const end = performance.now() + saturation.totalMs;
  let best = 0;
  for (let rate = Math.min(task.startRate, task.limitRate); performance.now() < end; rate *= 2) {
    const plan = { rate: Math.min(rate, task.limitRate), warmupSeconds: 0, seconds: stepSeconds, connections };
    const step = await load(sender, task.requests, plan, saturation.answerLimitMs);
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
