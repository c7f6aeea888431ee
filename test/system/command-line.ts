import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

export const packageFolder = fileURLToPath(new URL('../../', import.meta.url));

export type Ended = { code: number | null; stdout: string; stderr: string; all: string };

/** Runs the real program, without a terminal, in `cwd`. */
export const specwright = (
  args: string[],
  { cwd, environment = {}, limitMs = 120_000 }: { cwd: string; environment?: Record<string, string>; limitMs?: number },
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(packageFolder, 'bin/specwright.js'), ...args], {
      cwd,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limitMs,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr, all: stdout + stderr }));
  });

export const emptyFolder = (): string => mkdtempSync(path.join(tmpdir(), 'specwright-system-'));

/** The program told one error and a hint, and no stack trace. */
export const expectClearError = ({ code, stderr, all }: Ended, exit: number, message: RegExp): void => {
  expect(stderr).toMatch(/^(error: |.*\nerror: )/s);
  expect(stderr).toMatch(message);
  expect(code).toBe(exit);
  expectNoStack(all);
};

export const expectNoStack = (text: string): void => {
  expect(text).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  expect(text).not.toMatch(/Traceback \(most recent call last\)/);
  expect(text).not.toMatch(/undefined|\[object Object\]/);
};

export const entriesOf = (folder: string): string[] => readdirSync(folder).sort();
