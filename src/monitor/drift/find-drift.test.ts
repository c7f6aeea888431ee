import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { chanceFrom } from '../../../bench/judge-traffic.ts';
import { serviceSpecSchema } from '../../artifacts/service/service-spec.ts';
import { findDrift } from './find-drift.ts';
import type { DriftReference } from './reference.ts';
import type { WindowRow } from './window.ts';

/** Real columns: the sample's table, of which a part is the training data and all of it is the world. */
const [header, ...lines] = readFileSync('samples/penguins/penguins.csv', 'utf8').trim().split('\n');
const names = header!.split(',');
const world = lines.map((line) => Object.fromEntries(line.split(',').map((cell, index) => [names[index]!, cell])));
const numeric = ['bill_length_mm', 'bill_depth_mm', 'flipper_length_mm', 'body_mass_g', 'year'];
const categorical = ['island', 'sex'];

const quantileOf = (sorted: number[], share: number): number => {
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)]!;
  return low + (sorted[Math.ceil(at)]! - low) * (at - Math.floor(at));
};
const sharesOf = (values: string[]) =>
  Object.fromEntries(
    [...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length / values.length]),
  );

/** As templates/base/ml_project/reference.py describes the training rows. */
const referenceOf = (rows: Record<string, string>[]): DriftReference => ({
  n: rows.length,
  columns: [...numeric, ...categorical].map((name) => {
    const given = rows.map((row) => row[name]!).filter((cell) => cell !== '');
    const missing = 1 - given.length / rows.length;
    if (categorical.includes(name)) return { name, role: 'categorical', missing, shares: sharesOf(given) };
    const sorted = given.map(Number).sort((a, b) => a - b);
    const quantiles = Array.from({ length: 21 }, (_, step) => Number(quantileOf(sorted, step / 20).toPrecision(9)));
    return { name, role: 'numeric', missing, quantiles, mean: null, std: null };
  }),
  prediction: { shares: sharesOf(rows.map(({ species }) => species!)) },
});

const spec = serviceSpecSchema.parse({
  name: 'penguins',
  port: 8000,
  image: 'penguins',
  slas: [
    { requirement: 'REQ-004', subject: 'accuracy', op: '>=', value: 0.9 },
    { requirement: 'REQ-005', subject: 'latency_p95', op: '<=', value: 50, unit: 'ms' },
    { requirement: 'REQ-006', subject: 'error_rate', op: '<=', value: 0.01 },
  ],
});

const drawn = <Value>(values: Value[], count: number, chance: () => number): Value[] =>
  Array.from({ length: count }, () => values[Math.floor(chance() * values.length)]!);

/** A window of the same world; the model errs in one of twenty. */
const windowOf = (chance: () => number, count = 200): WindowRow[] =>
  drawn(world, count, chance).map(({ species, ...row }) => ({
    input: Object.fromEntries(
      Object.entries(row).map(([name, cell]) => [
        name,
        cell === '' ? null : numeric.includes(name) ? Number(cell) : cell,
      ]),
    ),
    prediction: chance() < 0.05 ? 'Duskwing' : species,
    truth: species,
    status: 200,
    ms: 5 + 20 * chance(),
  }));

const reference = referenceOf(world.slice(0, 240));

test('thirty days in which nothing changes raise at most one alarm, over and over', () => {
  const alarms = Array.from({ length: 20 }, (_, month) => {
    const chance = chanceFrom(month + 1);
    const shuffled = world.map((row) => ({ row, at: chance() })).sort((a, b) => a.at - b.at);
    const trained = referenceOf(shuffled.slice(0, 204).map(({ row }) => row));
    return Array.from({ length: 30 }, () => findDrift(spec, trained, windowOf(chance))).filter(
      ({ findings }) => findings.length > 0,
    ).length;
  });
  expect(Math.max(...alarms)).toBeLessThanOrEqual(1);
});

test('inputs that moved while quality is fine are told from quality that moved', () => {
  const moved = windowOf(chanceFrom(1)).map((row) => ({
    ...row,
    input: { ...row.input, body_mass_g: Number(row.input.body_mass_g ?? 4000) + 900 },
  }));
  const found = findDrift(spec, reference, moved);
  expect(found.verdict).toBe('inputs moved');
  expect(found.findings.map(({ what }) => what)).toEqual(['body_mass_g']);
  expect(found.findings[0]).toMatchObject({
    requirement: 'REQ-004',
    measure: 'kolmogorov_smirnov',
    n: expect.any(Number),
  });
  const wrong = moved.map((row, index) => (index % 3 === 0 ? { ...row, truth: 'Unknown' } : row));
  expect(findDrift(spec, reference, wrong).verdict).toBe('quality moved');
});

test.each([
  ['a column that the model does not know', (input: WindowRow['input']) => ({ ...input, wingspan: 3 }), 'wingspan'],
  ['a column that is no longer sent', ({ sex, ...input }: WindowRow['input']) => input, 'sex'],
  ['text in place of a number', (input: WindowRow['input']) => ({ ...input, year: 'last year' }), 'year'],
  ['a category that training never saw', (input: WindowRow['input']) => ({ ...input, island: 'Delta' }), 'island'],
])('sees %s', (_, change, what) => {
  const rows = windowOf(chanceFrom(2)).map((row) => ({ ...row, input: change(row.input) }));
  const { findings } = findDrift(spec, reference, rows);
  expect(findings.filter(({ kind }) => kind === 'schema').map((finding) => finding.what)).toContain(what);
});

test('names the requirement of a promise that is broken', () => {
  const slow = windowOf(chanceFrom(3)).map((row, index) => ({ ...row, ms: index % 5 === 0 ? 80 : row.ms }));
  expect(findDrift(spec, reference, slow)).toMatchObject({
    verdict: 'promise broken',
    findings: [{ requirement: 'REQ-005', value: 0.2, n: 200 }],
  });
});

test('predictions that moved are found, few rows say nothing, and what was not recorded is unknown', () => {
  const one = windowOf(chanceFrom(4)).map((row) => ({ ...row, prediction: 'Duskwing', truth: null }));
  const found = findDrift(spec, reference, one);
  expect(found.findings.map(({ kind }) => kind)).toContain('prediction');
  expect(found.unknown.join()).toContain('REQ-004');
  expect(findDrift(spec, reference, windowOf(chanceFrom(5), 20)).verdict).toBe('too little data');
});
