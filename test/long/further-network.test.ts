import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readArtifact } from '../../src/artifacts/document.ts';
import { buildLogDocument } from '../../src/artifacts/documents/tasks.ts';
import { technologyDocument } from '../../src/artifacts/documents/technology.ts';
import { specwright } from '../system/command-line.ts';
import { coder, hand, network, runWithCoder } from '../system/further-coder.ts';

test('a network that a model writes is measured beside the shipped ones, and becomes the project where it is better', async () => {
  const { root, entries, code, all } = await runWithCoder(
    'anthropic:scripted',
    coder(hand(network), {
      calls: [{ name: 'run', input: { arguments: ['-m', 'pytest', '-q', 'tests/test_models.py', '-k', 'signs'] } }],
    }),
    '2.4',
  );
  expect(code, all).toBe(0);
  const technology = readArtifact(root, technologyDocument);
  const shipped = technology.candidates.filter(({ model }) => model !== 'signs').map(({ measured }) => measured.metric);
  expect(Math.max(...shipped)).toBeLessThan(0.7);
  expect(technology.choice.model).toBe('signs');
  expect(technology.candidates.find(({ model }) => model === 'signs')!.measured.metric).toBeGreaterThan(0.75);
  expect(technology.further).toMatchObject({ model: 'signs', shuffled: { metric: 'log_loss' } });
  expect(entries.filter(({ kind }) => kind === 'agent.tool').map(({ data }) => [data.tool, data.refused, data.exitCode])).toEqual([
    ['write', null, null],
    ['write', null, null],
    ['run', null, 0],
  ]); // biome-ignore format: a list
  const name = readFileSync(path.join(root, 'configs/config.yaml'), 'utf8');
  expect(name).toMatch(/name: signs/);
  expect(spawnSync('grep', ['-r', 'models.signs import loss', root, '--include=predictor.py']).status).toBe(0);
  expect(readArtifact(root, buildLogDocument).tasks.at(-1)).toMatchObject({ exit_code: 0, passed: true });
  expect((await specwright(['verify', root], { cwd: root })).code).toBe(0);

  const tech = path.join(root, 'spec/tech.md');
  writeFileSync(tech, readFileSync(tech, 'utf8').replace('+ self.direct(', '+ 9 * self.direct('));
  const edited = await specwright(['resume', root, '--yes', '--agent', 'embedded', '--until', '1.2'], { cwd: root });
  expect(edited.code).toBe(3);
  expect(edited.all).toMatch(/is not what the probe measured/);
});
