import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { isAlive } from '../../src/world/process-alive.ts';

test('a running process is alive, one that has ended is not', () => {
  expect(isAlive(process.pid)).toBe(true);
  expect(isAlive(spawnSync('true').pid)).toBe(false);
});

test.skipIf(!existsSync('/proc/self/stat'))('one that has ended and was not waited for is not alive', async () => {
  // The shell's child ends at once; the shell is replaced by a program that never waits for it.
  const parent = spawn('/bin/sh', ['-c', 'sleep 0 & echo $!; exec sleep 5'], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const zombie = Number(
      await new Promise((resolve) => parent.stdout.once('data', (chunk) => resolve(String(chunk)))),
    );
    for (let tries = 0; tries < 40 && isAlive(zombie); tries++) await sleep(25);
    expect(() => process.kill(zombie, 0)).not.toThrow();
    expect(isAlive(zombie)).toBe(false);
  } finally {
    parent.kill();
  }
});
