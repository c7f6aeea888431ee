import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadRules } from '../../src/artifacts/rules/rules.ts';
import { loadConfig } from '../../src/config.ts';
import { createWorkbench } from '../../src/environment/workbench.ts';
import { paddleOf, sharedTemplate } from '../../src/stages/templates.ts';
import { readText } from '../../src/world/files.ts';
import type { Run } from '../../src/world/processes.ts';

const config = loadConfig();
const { rules } = loadRules({ packageFolder: config.packageFolder, language: 'en' });
const scratch = mkdtempSync(path.join(tmpdir(), 'workbench-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const python = { executable: '/usr/bin/python3', version: '3.11.7', minor: 11, major: 3, platform: 'linux', pip: true };

/** A machine whose pip fails where the listing asks for PaddlePaddle. */
const machine =
  (complaint: string): Run =>
  async (argv) => {
    const listing = argv.includes('-r') ? readText(argv.at(-1)!) : '';
    const fails = listing.includes('paddlepaddle');
    return {
      argv: [...argv],
      exitCode: fails ? 1 : 0,
      stdout: argv.includes('-I') ? JSON.stringify(python) : '',
      stderr: fails ? complaint : '',
      seconds: 0,
      ended: 'exit',
      peakMemoryMb: null,
    };
  };

let count = 0;
const bench = (framework: 'paddle' | 'both', complaint: string) => {
  count += 1;
  return createWorkbench({
    config: { ...config, cacheFolder: path.join(scratch, String(count)) },
    run: machine(complaint),
    rules: rules.VENV_CONFIG,
    templateFolder: sharedTemplate(config),
    packages: [],
    paddle: paddleOf(config, framework),
    scratch,
  });
};

const noWheel = 'ERROR: No matching distribution found for paddlepaddle==3.3.1';

describe('where no wheel of PaddlePaddle fits', () => {
  test('a project with both frameworks goes on without it, and says why', async () => {
    const both = bench('both', noWheel);
    expect(await both.withoutPaddle()).toBe('No matching distribution found for paddlepaddle==3.3.1');
    const { folder } = await both.environment();
    expect(readText(path.join(folder, 'specwright-ready'))).not.toContain('paddle');
  });

  test('a project with PaddlePaddle alone is refused, with what to do', async () => {
    await expect(bench('paddle', noWheel).environment()).rejects.toMatchObject({
      message: expect.stringContaining('PaddlePaddle cannot be installed'),
      hint: expect.stringContaining('--framework torch'),
    });
  });

  test('another failure of pip is told as it is', async () => {
    await expect(bench('both', 'ERROR: no space left on device').environment()).rejects.toMatchObject({
      message: expect.stringContaining('no space left'),
    });
  });
});
