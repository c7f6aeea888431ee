/**
 * How well briefs are read: `node bench/extraction.ts [folder of case.yaml files]`.
 * Prints each case and language, F1 over (kind, subject, operator, value, unit), and whether both languages agree.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { type Agreement, agreement, type Expectation, f1Of, meaning } from '../src/brief/agreement.ts';
import { type BriefCase, readBriefCases } from '../src/brief/brief-cases.ts';
import type { DataColumn, DataProfile } from '../src/brief/data-profile.ts';
import { extractRequirements } from '../src/brief/extract.ts';

type Pair = { zh: string; en: string } & Expectation;

const root = resolve(import.meta.dirname, '..');

const main = (folder: string) => {
  report(`cases of ${folder}`, casesIn(folder));
  const own = join(root, 'test', 'briefs');
  for (const file of readdirSync(own).filter((name) => name.endsWith('.yaml'))) {
    report(`test/briefs/${file}`, readBriefCases(parse(readFileSync(join(own, file), 'utf8'))));
  }
};

const report = (title: string, cases: BriefCase[]) => {
  console.log(`\n${title}`);
  const all: Agreement[] = [];
  let equal = 0;
  let whole = 0;
  for (const { id, profile, expect, ...brief } of cases) {
    const found = { zh: extractRequirements(brief.zh, { profile }), en: extractRequirements(brief.en, { profile }) };
    const same = meaning(found.zh) === meaning(found.en);
    const both = [agreement(found.zh, expect), agreement(found.en, expect)];
    equal += Number(same);
    whole += both.filter(isWhole).length;
    all.push(...both);
    console.log(
      `  ${id.padEnd(24)} zh ${row(both[0]!)}   en ${row(both[1]!)}   zh = en ${same ? 'yes' : 'NO'}   ${found.zh.project} | ${found.en.project}`,
    );
    if (!same) console.log(`      zh ${meaning(found.zh)}\n      en ${meaning(found.en)}`);
  }
  console.log(`  F1 ${f1Of(all).toFixed(4)}   whole ${whole}/${all.length}   zh = en ${equal}/${cases.length}`);
};

const isWhole = ({ missing, surplus, wrong }: Agreement): boolean =>
  missing.length + surplus.length + wrong.length === 0;

const row = (one: Agreement): string =>
  isWhole(one)
    ? 'ok'
    : [
        one.missing.map((text) => `-${text}`),
        one.surplus.map((text) => `+${text}`),
        one.wrong.map((text) => `!${text}`),
      ]
        .flat()
        .join('; ');

const casesIn = (folder: string): BriefCase[] =>
  readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'case.yaml')))
    .flatMap((name) => {
      const { data, brief, briefs, expect } = parse(readFileSync(join(folder, name, 'case.yaml'), 'utf8'));
      const profile = data ? profileOf(join(folder, name, data), data) : null;
      const pairs: Pair[] = briefs ?? [brief];
      return pairs.map(({ zh, en, ...rest }, index) => ({
        id: pairs.length > 1 ? `${name}-${index + 1}` : name,
        zh,
        en,
        profile,
        expect: expect ?? rest,
      }));
    });

const profileOf = (path: string, name: string): DataProfile => {
  if (name.endsWith('/')) return { kind: 'images', fileName: name, rows: 0, columns: [] };
  const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  const rows: Record<string, unknown>[] = name.endsWith('.json') ? JSON.parse(text) : readTable(text);
  return {
    kind: 'table',
    fileName: name,
    rows: rows.length,
    columns: Object.keys(rows[0] ?? {}).map((key) => columnOf(key, rows)),
  };
};

/** Enough of CSV for the cases: quoted fields, doubled quotes, line breaks inside quotes. */
const readTable = (text: string): Record<string, string>[] => {
  const rows: string[][] = [[]];
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\n\r]*))(,|\r?\n|$)/g)) {
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? bare ?? '');
    if (end !== ',') rows.push([]);
  }
  const [header = [], ...body] = rows.filter((row) => row.length > 1);
  return body.map((row) => Object.fromEntries(header.map((name, index) => [name, row[index] ?? ''])));
};

const columnOf = (name: string, rows: Record<string, unknown>[]): DataColumn => {
  const values = rows.map((row) => row[name]).filter((value) => value !== null && value !== undefined && value !== '');
  const texts = values.map(String);
  const distinct = [...new Set(texts)];
  const every = (test: (text: string) => boolean) => distinct.length > 0 && distinct.every(test);
  const type = every((text) => /^(?:true|false)$/i.test(text))
    ? 'boolean'
    : every((text) => Number.isFinite(Number(text)))
      ? 'number'
      : every((text) => /^\d{4}-\d{2}(?:-\d{2})?(?:[T ].*)?$/.test(text))
        ? 'date'
        : 'text';
  const meanLength = texts.reduce((sum, text) => sum + text.length, 0) / Math.max(1, texts.length);
  return {
    name,
    type,
    distinct: distinct.length,
    missing: rows.length - values.length,
    examples: distinct.slice(0, 5),
    ...(type === 'text' ? { meanLength } : {}),
  };
};

main(resolve(process.argv[2] ?? join(root, '..', 'shared', 'cases')));
