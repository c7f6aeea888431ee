import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { unusedPort } from '../../src/deploy/ports.ts';

export const hasPrometheus = spawnSync('prometheus', ['--version']).error === undefined;

/** A real Prometheus with a configuration as written, but reading each second. */
export const startPrometheus = async (folder: string, configuration: string) => {
  const file = path.join(folder, 'prometheus-hurried.yml');
  writeFileSync(file, configuration.replaceAll(/: (15s|5s)/g, ': 1s'));
  const port = await unusedPort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    'prometheus',
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${folder}/prometheus-data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  const stop = () => child.kill('SIGKILL');
  process.once('exit', stop);
  await until('Prometheus', async () => (await fetch(`${url}/-/ready`)).ok);
  return {
    stop,
    /** Waits until the query has series. */
    series: (query: string) =>
      until(query, async () => {
        const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
        return ((await answer.json()) as { data: { result: unknown[] } }).data.result.length > 0;
      }),
  };
};

export const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < 160; tries++) {
    if (await holds().catch(() => false)) return;
    await pause(250);
  }
  throw new Error(`did not come: ${what}`);
};

/** Minutes are a test's worst friend: the rules as written, with seconds in place of minutes. */
export const hurried = (rules: string): string => {
  const parsed = parse(rules) as { groups: { rules: { expr: string; for: string }[] }[] };
  for (const rule of parsed.groups.flatMap((group) => group.rules)) {
    rule.for = '1s';
    rule.expr = rule.expr.replaceAll(/\[\d+m\]/g, '[6s]');
  }
  return stringify(parsed, { lineWidth: 0 });
};
