import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { loadRules } from '../../src/artifacts/rules/rules.ts';
import { ruleNames } from '../../src/artifacts/rules/schemas.ts';
import { loadConfig } from '../../src/config.ts';

const { packageFolder } = loadConfig({});
const original = (name: string) => readFileSync(path.join(packageFolder, 'rules/en', `${name}.md`), 'utf8');

const withOwn = (name: string, text: string) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'rules-'));
  mkdirSync(path.join(folder, 'rules'));
  writeFileSync(path.join(folder, 'rules', `${name}.md`), text);
  return () => loadRules({ packageFolder, language: 'en', ownFolders: [folder] });
};

test('both languages carry the same numbers', () => {
  const [zh, en] = (['zh', 'en'] as const).map((language) => loadRules({ packageFolder, language }).rules);
  for (const name of ruleNames.filter((one) => one !== 'CLAUDE')) expect(zh![name], name).toEqual(en![name]);
  expect(zh!.CLAUDE.key_rules.map(({ id }) => id)).toEqual(en!.CLAUDE.key_rules.map(({ id }) => id));
});

test('an own copy beside the brief takes the place of ours', () => {
  const load = withOwn('ML', original('ML').replace('mini_rows: 200', 'mini_rows: 77'));
  expect(load().rules.ML.mini_rows).toBe(77);
});

test('a CLAUDE.md of another program is left alone', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'rules-'));
  writeFileSync(path.join(folder, 'CLAUDE.md'), '# My own instructions\n');
  expect(loadRules({ packageFolder, language: 'en', ownFolders: [folder] }).files.CLAUDE.own).toBe(false);
});

test.each([
  ['CREATE', 'minimum_score: 0.6', 'minimum_score: 6', /CREATE\.md:3: minimum_score/],
  ['CREATE', 'quality: 0.45', 'quality: 0.5', /the weights must add up to 1/],
  ['ML', 'folds: 5', 'folds: five', /ML\.md:9: folds/],
  ['DOCKER_CONFIG', 'port: 8000', 'port: 800000', /DOCKER_CONFIG\.md:6: port/],
  ['DOCKER_CONFIG', 'share_percent: 5,', 'share_percent: 500,', /canary_steps\.0\.share_percent/],
  ['VENV_CONFIG', 'minimum: "3.10"', 'minimum: 3', /VENV_CONFIG\.md:3: python\.minimum/],
  ['TASK', 'minimum_tasks: 6', 'minimum_task: 6', /TASK\.md/],
  ['DEBUG_CODE', 'clean_runs: 2', 'clean_runs: [2', /DEBUG_CODE\.md:\d+/],
  ['CLAUDE', '- { id: complete', '- { id: Complete!', /CLAUDE\.md:4/],
] as const)('%s with "%s" as "%s" is refused with its line', (name, from, to, message) => {
  expect(original(name)).toContain(from);
  expect(withOwn(name, original(name).replace(from, to))).toThrow(message);
});
