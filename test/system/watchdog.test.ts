import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { emptyFolder, packageFolder } from './command-line.ts';
import { processesOf } from './killing.ts';

test('a program that is killed outright takes its tools with it', async () => {
  const folder = emptyFolder();
  const program = `
    const { loadConfig } = await import('${path.join(packageFolder, 'src/config.ts')}');
    const { realWorld } = await import('${path.join(packageFolder, 'src/world/world.ts')}');
    const { run } = realWorld(loadConfig());
    await run(['true'], { cwd: '${folder}', limitSeconds: 9 });
    for (const seconds of ['60', '61']) run(['sleep', seconds], { cwd: '${folder}', limitSeconds: 90 });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' });
  const count = async (wanted: number) => {
    for (let tries = 0; tries < 200 && processesOf(folder).length !== wanted; tries++) await sleep(50);
    return processesOf(folder).length;
  };
  expect(await count(3)).toBe(3); // the program itself and its two tools
  child.kill('SIGKILL');
  expect(await count(0)).toBe(0);
});
