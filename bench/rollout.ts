/**
 * What a rollout guarantees, as figures: `npm run bench:rollout -- [--json] [--requests 50000] [--rate 500]`.
 * Real processes behind the router that is there (HAProxy where it is installed), open-loop load on keep-alive
 * connections without retries, beside what a plain restart and a reload of HAProxy lose. The last line of stdout is one
 * JSON object.
 */
import { parseArgs } from 'node:util';
import { has } from '../test/rollout/rig.ts';
import { judgeBench } from './judge.ts';
import { plainRestart, reload } from './rollout/comparison.ts';
import { grossFault, killedController, killedInstance, rollbacks, shares, switches } from './rollout/measurements.ts';

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, requests: { type: 'string' }, rate: { type: 'string' } },
});
const plan = { requests: Number(values.requests ?? 50_000), rate: Number(values.rate ?? 500) };
const hasHaproxy = await has(['haproxy', '-v']);
const router = hasHaproxy ? 'haproxy' : 'builtin';
const say = (text: string) => (values.json ? process.stderr : process.stdout).write(`${text}\n`);

const measured = async <Result extends object>(what: string, work: () => Promise<Result>): Promise<Result> => {
  const result = await work();
  say(`${what.padEnd(34)} ${JSON.stringify(result)}`);
  return result;
};

const results = {
  router,
  switch: await measured('10 switches', () => switches(router, plan)),
  share: await measured('share of a canary', () => shares(router, plan.rate)),
  gross_fault: await measured('30 % errors at 100 requests/s', () => grossFault(router)),
  controller_killed: await measured('controller killed', () => killedController(router)),
  instance_killed: await measured('instance killed, peer up', () => killedInstance(router, plan.rate)),
  rollback: await measured('rollback', () => rollbacks(router)),
  comparison: {
    plain_restart: await measured('10 plain restarts', () => plainRestart(plan)),
    haproxy_reload: hasHaproxy ? await measured('10 reloads of HAProxy', () => reload(plan)) : null,
  },
  judge: await measured('judge, simulated rollouts', async () => judgeBench()),
};
process.stdout.write(`${JSON.stringify(results)}\n`);
process.exit(0);
