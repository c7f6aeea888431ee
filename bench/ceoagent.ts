/**
 * What CEOAgent's interface adds to the analysis: `npm run bench:ceoagent`. The floor is a bare endpoint of the same
 * framework that makes the same analysis, without validation, storage, metrics and limits; both in processes of
 * their own. Prints p95 with one user, and errors with 10 and 200 users at once.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { closedLoop } from './closed-loop.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const seconds = 5;
const where = '/api/v1/analyze';
const body = JSON.stringify({ query: '是否应该开拓东南亚市场？投资500万元，预计年收益150万元，周期5年，成功率70%' });

const bare = `
import Fastify from 'fastify';
import { embeddedAnalyst } from './src/ceoagent/embedded/analyst.ts';
const analyst = embeddedAnalyst(() => 'v1');
const app = Fastify();
app.post('${where}', async ({ body }) => (await analyst({ query: body.query, context: {}, history: [] }, new AbortController().signal)).result);
process.stderr.write('answers at ' + (await app.listen({ port: 0, host: '127.0.0.1' })) + ',');
`;

const start = async (argv: string[], environment: Record<string, string> = {}) => {
  const child = spawn(process.execPath, argv, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  for await (const part of child.stderr) {
    said += String(part);
    if (/answers at http\S+,/.test(said)) break;
  }
  return { port: Number(/:(\d+),/.exec(said)?.[1]), stop: () => child.kill('SIGKILL') };
};

const measure = async (name: string, port: number) => {
  await closedLoop(port, body, 4, 1, where);
  const alone = await closedLoop(port, body, 1, seconds, where);
  console.log(
    `${name.padEnd(24)} 1 user: p50 ${alone.p50.toFixed(2)} ms, p95 ${alone.p95.toFixed(2)} ms, ${alone.rps.toFixed(0)}/s`,
  );
  return alone;
};

/** Asks twenty times a second until it is told to stop; then the 95th percentile. */
const askHealth = (port: number): (() => Promise<number>) => {
  const milliseconds: number[] = [];
  let going = true;
  const done = (async () => {
    while (going) {
      const begun = performance.now();
      const { ok } = await fetch(`http://127.0.0.1:${port}/health`);
      milliseconds.push(ok ? performance.now() - begun : Number.POSITIVE_INFINITY);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return async () => {
    going = false;
    await done;
    milliseconds.sort((a, b) => a - b);
    return milliseconds[Math.ceil(0.95 * milliseconds.length) - 1] ?? Number.NaN;
  };
};

const floor = await start(['--input-type=module', '-e', bare]);
const below = await measure('bare endpoint', floor.port);
floor.stop();
const service = await start(['bin/ceoagent.js', 'serve'], {
  PORT: '0',
  DATA_DIR: mkdtempSync(path.join(tmpdir(), 'ceoagent-')),
});
const own = await measure('CEOAgent', service.port);
for (const users of [10, 200]) {
  const health = askHealth(service.port);
  const many = await closedLoop(service.port, body, users, seconds, where);
  console.log(
    `${`${users} users`.padEnd(24)} ${many.rps.toFixed(0)}/s, p95 ${many.p95.toFixed(1)} ms, ${many.refused} of ${Math.round(many.rps * seconds)} failed; /health beside it p95 ${(await health()).toFixed(1)} ms`,
  );
}
service.stop();
console.log(`p95 is ${(own.p95 / below.p95).toFixed(2)} times that of the bare endpoint (asked: at most 2)`);
