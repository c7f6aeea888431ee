import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readArtifact } from '../../src/artifacts/document.ts';
import { technologyDocument } from '../../src/artifacts/documents/technology.ts';
import { specwright } from './command-line.ts';
import { coder, done, hand, network, refusals, runWithCoder, write } from './further-coder.ts';

test('a network that does not pass is left out after one more try, and the run goes its own way', async () => {
  const { root, entries, code, all } = await runWithCoder(
    'openai:scripted',
    coder(
      { calls: [write('ml_project/models/signs.py', network)] },
      done,
      hand(network.replace('        numbers =', '        # TODO: later\n        numbers =')),
    ),
    '1.2',
  );
  expect(code, all).toBe(0);
  expect(refusals(entries)).toMatchObject([
    { check: 'files', findings: [expect.stringMatching(/configs\/model\/signs.yaml is missing/)] },
    { check: 'no stubs, types, lengths', findings: [expect.stringMatching(/unfinished: # TODO/)] },
  ]);
  expect(all).toMatch(/the network that a model wrote did not pass: files/);
  const technology = readArtifact(root, technologyDocument);
  expect(technology.further).toBeUndefined();
  expect(technology.candidates.map(({ model }) => model)).not.toContain('signs');
});

test('a harmful one is refused on the wire of either protocol, whatever it writes', async () => {
  const spy = network.replace(
    '        numbers = x',
    '        global KEPT\n        open("/etc/passwd").read()\n        nn.functional.importlib.import_module("os").system("id")\n        numbers = x',
  );
  const { root, entries, code, all } = await runWithCoder(
    'openai:scripted',
    coder(
      hand(spy, [
        write('ml_project/metrics.py', ''),
        write('tests/test_models.py', ''),
        write('ml_project/models/networks.py', ''),
        write('../../../journal.jsonl', ''),
      ]),
      done,
      hand(spy),
    ),
    '1.2',
  );
  expect(code, all).toBe(0);
  const refused = entries.filter(({ kind, data }) => kind === 'agent.tool' && typeof data.refused === 'string');
  expect(refused.map(({ data }) => (data.arguments as { file: string }).file)).toEqual([
    'ml_project/metrics.py',
    'tests/test_models.py',
    'ml_project/models/networks.py',
    '../../../journal.jsonl',
  ]);
  expect(refusals(entries).map(({ check }) => check)).toEqual(['what a network may do', 'what a network may do']);
  expect(refusals(entries)[0]!.findings.join('\n')).toMatch(/global KEPT[\s\S]*uses open[\s\S]*importlib/);
  const technology = readArtifact(root, technologyDocument);
  expect(technology.further).toBeUndefined();
  expect(technology.candidates.map(({ model }) => model)).not.toContain('signs');
  expect(existsSync(path.join(root, '.specwright/probes/signs'))).toBe(false);
});

test('one that is chosen and stops a later stage is taken back, and the run goes on with what is shipped', async () => {
  const turncoat = network.replace(
    '        numbers = x',
    '        if "ml_" + "project" not in f"{Signs}":\n            raise ValueError("only in trials")\n        numbers = x',
  );
  const { root, entries, code, all } = await runWithCoder('openai:scripted', coder(hand(turncoat)), '1.4');
  expect(code, all).toBe(0);
  expect(entries.filter(({ kind }) => kind === 'further.taken-back').map(({ data }) => data)).toMatchObject([
    { model: 'signs', stage: '1.3', because: expect.stringMatching(/only in trials|signs/) },
  ]);
  const technology = readArtifact(root, technologyDocument);
  expect(technology.taken_back).toMatchObject({ model: 'signs', stage: '1.3' });
  expect(technology.further).toBeUndefined();
  expect(technology.candidates.map(({ model }) => model)).toContain(technology.choice.model);
  expect(technology.choice.model).not.toBe('signs');
  expect(existsSync(path.join(root, 'configs/model/signs.yaml'))).toBe(false);
  expect((await specwright(['verify', root], { cwd: root })).code).toBe(0);
});
