import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Throughput } from './closed-loop.ts';

/**
 * The same closed loop by wrk, where it is installed: our own client costs so much of the second core that it slows
 * the faster of two services down. Null without wrk.
 */
export const wrkLoop = (port: number, body: string, connections: number, seconds: number): Throughput | null => {
  const folder = mkdtempSync(path.join(tmpdir(), 'wrk-'));
  try {
    const script = path.join(folder, 'post.lua');
    const lines = [
      'wrk.method = "POST"',
      `wrk.body = [==[${body}]==]`,
      'wrk.headers["content-type"] = "application/json"',
    ];
    writeFileSync(script, `${lines.join('\n')}\n`);
    const args = ['-t1', `-c${connections}`, `-d${Math.ceil(seconds)}s`, '--latency', '-s', script];
    const result = spawnSync('wrk', [...args, `http://127.0.0.1:${port}/predict`], { encoding: 'utf8' });
    if (result.error || result.status !== 0) return null;
    const rps = Number(/Requests\/sec:\s+([\d.]+)/.exec(result.stdout)?.[1]);
    const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(result.stdout)?.[1] ?? 0);
    return { rps, p50: percentile(result.stdout, '50'), p99: percentile(result.stdout, '99'), refused };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const factors: Record<string, number> = { us: 0.001, ms: 1, s: 1000 };

/** Milliseconds. */
const percentile = (text: string, share: string): number => {
  const match = new RegExp(`${share}%\\s+([\\d.]+)(us|ms|s)`).exec(text);
  return match ? Number(match[1]) * factors[match[2]!]! : Number.NaN;
};
