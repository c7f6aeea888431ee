import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config.ts';
import { specwright } from '../system/command-line.ts';

const cases = path.resolve(loadConfig({}).packageFolder, '../shared/cases');
const work = mkdtempSync(path.join(tmpdir(), 'cases-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

type Requirement = {
  kind: string;
  subject: string;
  op: string;
  value: unknown;
  unit: string | null;
  met: boolean | null;
};
type Summary = {
  verdict: string;
  task: string;
  target: string;
  requirements: Requirement[];
  metrics: { name: string; value: number; split: string; baseline: { name: string; value: number } }[];
};

const meaning = ({ kind, subject, op, value, unit }: Requirement) => ({ kind, subject, op, value, unit });
const found = new Map<string, Summary>();
const table: { case: string; summary: Summary; seconds: number }[] = [];

// The real data that the project was made for; a machine without the folder says so and skips.
describe.skipIf(!existsSync(cases))('the cases of this version, on both targets and in both languages', () => {
  test.each(
    ['penguins', 'cars'].flatMap((name) =>
      (['zh', 'en'] as const).flatMap((language) =>
        (['process', 'docker'] as const).map((target) => [name, language, target] as const),
      ),
    ),
  )('%s in %s on %s passes all gates', async (name, language, target) => {
    const spec = parse(readFileSync(path.join(cases, name, 'case.yaml'), 'utf8'));
    const out = path.join(work, `${name}-${language}-${target}`);
    const began = performance.now();
    const result = await specwright(
      [
        'create',
        spec.brief[language],
        '--data',
        path.join(cases, name, spec.data),
        '--out',
        out,
        '--yes',
        '--target',
        target,
        '--json',
      ],
      { cwd: work, limitMs: 400_000 },
    );
    const summary = JSON.parse(result.stdout.trim().split('\n').at(-1) ?? '{}') as Summary;
    expect(result.code, result.stderr).toBe(0);
    expect(summary).toMatchObject({ verdict: 'passed', task: spec.expect.task, target: spec.expect.target });
    for (const wanted of spec.expect.requirements) {
      expect(summary.requirements).toContainEqual(expect.objectContaining({ ...wanted, met: true }));
    }
    const seconds = (performance.now() - began) / 1000;
    table.push({ case: `${name} ${language} ${target}`, summary, seconds });
    found.set(`${name}-${language}-${target}`, summary);
    const verified = await specwright(['verify', out], { cwd: work });
    expect(verified.code, verified.stdout).toBe(0);
  });

  test.each(['penguins', 'cars'])('%s has the same requirements in both languages', (name) => {
    const [zh, en] = ['zh', 'en'].map((language) =>
      found.get(`${name}-${language}-process`)?.requirements.map(meaning),
    );
    expect(zh).toEqual(en);
  });

  test.each(['digits', 'quotes', 'seattle-weather', 'names-en-zh'])(
    '%s passes all gates, not worse than the best baseline',
    async (name) => {
      const spec = parse(readFileSync(path.join(cases, name, 'case.yaml'), 'utf8'));
      const out = path.join(work, name);
      const began = performance.now();
      const result = await specwright(
        ['create', spec.brief.zh, '--data', path.join(cases, name, spec.data), '--out', out, '--yes', '--json'],
        { cwd: work, limitMs: 900_000 },
      );
      const summary = JSON.parse(result.stdout.trim().split('\n').at(-1) ?? '{}') as Summary;
      expect(result.code, result.stderr).toBe(0);
      expect(summary).toMatchObject({ verdict: 'passed', task: spec.expect.task });
      const asked = (spec.expect.requirements ?? []).filter(({ kind }: { kind: string }) => kind === 'sla');
      for (const wanted of asked) {
        expect(summary.requirements).toContainEqual(expect.objectContaining({ subject: wanted.subject, met: true }));
      }
      table.push({ case: name, summary, seconds: (performance.now() - began) / 1000 });
    },
    900_000,
  );
});

afterAll(() => {
  for (const { case: name, summary, seconds } of table) {
    const [main] = summary.metrics;
    const slas = summary.requirements.filter(({ kind }) => kind === 'sla');
    console.log(
      [
        name.padEnd(20),
        summary.task.padEnd(24),
        `${main?.name} ${main?.value.toPrecision(4)}`.padEnd(18),
        `${main?.baseline.name} ${main?.baseline.value.toPrecision(4)}`.padEnd(26),
        `${slas.filter(({ met }) => met).length} of ${slas.length} met`,
        `${seconds.toFixed(0)} s`,
      ].join(' '),
    );
  }
});
