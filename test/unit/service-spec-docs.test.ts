import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { serviceSpecSchema } from '../../src/artifacts/service/service-spec.ts';

const page = readFileSync('docs/service-spec.md', 'utf8');
const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => parse(match[1]!));

test('the published schema is that of the program (vitest -u renews it)', async () => {
  const schema = z.toJSONSchema(serviceSpecSchema, { io: 'input' });
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot('../../docs/service-spec.schema.json');
});

test('the examples of the page are specs', () => {
  expect(examples.length).toBeGreaterThanOrEqual(2);
  for (const example of examples) expect(serviceSpecSchema.safeParse(example)).toMatchObject({ success: true });
});

test('the full example has every field, so that none goes unexplained', () => {
  const full = examples.at(-1) as Record<string, object>;
  const paths = (schema: z.core.JSONSchema.JSONSchema, at: string): string[] =>
    Object.entries(schema.properties ?? {}).flatMap(([name, inside]) => [
      `${at}${name}`,
      ...(typeof inside === 'object' && inside.properties ? paths(inside, `${at}${name}.`) : []),
    ]);
  const has = (path: string): boolean =>
    path.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], full) !==
    undefined;
  const wanted = paths(z.toJSONSchema(serviceSpecSchema, { io: 'input' }), '');
  expect(wanted.filter((path) => !has(path))).toEqual([]);
});

test('a misspelt field is refused and named', () => {
  const found = serviceSpecSchema.safeParse({ name: 'a', port: 80, image: 'a', prot: 1 });
  expect(JSON.stringify(found.error?.issues)).toContain('prot');
});

test('a promise that nobody can watch is refused, with what was probably meant', () => {
  const rows = [{ requirement: 'REQ-001', subject: 'errorrate', op: '<=', value: 0.01 }];
  const found = serviceSpecSchema.safeParse({ name: 'a', port: 80, image: 'a', slas: rows });
  expect(found.error?.issues).toMatchObject([{ message: '"errorrate" is no subject; did you mean error_rate?' }]);
});

test('a version that is a number is told to stand in quotes', () => {
  const found = serviceSpecSchema.safeParse({ name: 'a', port: 80, image: 'a', version: 1.1 });
  expect(found.error?.issues).toMatchObject([{ message: expect.stringContaining('in quotes') }]);
});
