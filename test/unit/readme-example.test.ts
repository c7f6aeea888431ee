import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { DataSchema } from '../../src/data/schema.ts';
import { exampleInput } from '../../src/stages/framework/readme-values.ts';

const schema = (task: string, columns: DataSchema['columns']): DataSchema => ({
  task,
  target: 'y',
  classes: null,
  positive_class: null,
  unit: null,
  columns,
});
const target = { name: 'y', role: 'target', missing: 0 } as const;

test('the example of a table has typical values, and survives a shell', () => {
  const shown = exampleInput(
    schema('tabular_regression', [
      { name: "d'or", role: 'numeric', missing: 0, min: 0.1, max: 2.0371 },
      { name: '房间', role: 'numeric', missing: 0, min: 1, max: 8 },
      { name: 'city', role: 'categorical', missing: 0, values: ["L'Aquila", 'Bonn'] },
      { name: 'id', role: 'ignored', missing: 0, min: 1, max: 9 },
      target,
    ]),
  );
  const echoed = execFileSync('sh', ['-c', `printf %s '${shown}'`], { encoding: 'utf8' });
  expect(JSON.parse(echoed)).toEqual({ "d'or": 1.07, 房间: 5, city: "L'Aquila" });
});

test('of many columns some are shown', () => {
  const columns = Array.from({ length: 30 }, (_, index) => ({
    name: `x${index}`,
    role: 'numeric' as const,
    missing: 0,
    min: 0,
    max: 2,
  }));
  expect(Object.keys(JSON.parse(exampleInput(schema('tabular_classification', columns))))).toHaveLength(8);
});

test.each([
  ['text_classification', [], '"a text"'],
  ['time_series_forecasting', [], '{}'],
  ['time_series_forecasting', [{ name: 'shop', role: 'series' as const, missing: 0 }], ''],
  ['image_classification', [], ''],
  ['face_verification', [], ''],
])('of %s, where no rows are', (task, columns, example) => {
  expect(exampleInput(schema(task, [...columns, target]))).toBe(example);
});
