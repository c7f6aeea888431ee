import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { agreement, f1Of, meaning } from './agreement.ts';
import { readBriefCases } from './brief-cases.ts';
import { extractRequirements } from './extract.ts';

const folder = join(import.meta.dirname, '..', '..', 'test', 'briefs');
const cases = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .flatMap((name) => readBriefCases(parse(readFileSync(join(folder, name), 'utf8'))));

describe.each(cases)('brief $id', ({ zh, en, profile, expect: expected }) => {
  const chinese = extractRequirements(zh, { profile });
  const english = extractRequirements(en, { profile });

  it('means the same in both languages', () => expect(meaning(english)).toBe(meaning(chinese)));
  it('gives the task, target, metric and positive class', () => {
    expect(agreement(chinese, expected).wrong).toEqual([]);
    expect(agreement(english, expected).wrong).toEqual([]);
  });
});

it('reads the items of all briefs with an F1 of at least 0.95', () => {
  const all = cases.flatMap(({ zh, en, profile, expect: expected }) =>
    [zh, en].map((brief) => agreement(extractRequirements(brief, { profile }), expected)),
  );
  expect(cases.length).toBeGreaterThanOrEqual(40);
  expect(f1Of(all)).toBeGreaterThanOrEqual(0.95);
});
