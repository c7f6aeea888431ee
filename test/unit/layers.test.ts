import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { listFiles } from '../../src/world/files.ts';

const source = fileURLToPath(new URL('../../src/', import.meta.url));

/** From the doors down to the ground; a file imports from its own layer's folder or from below. */
const layers = [
  ['cli', 'http', 'mcp'],
  ['operations'],
  ['stages'],
  ['brief', 'data', 'agents', 'scaffold', 'repair', 'deploy', 'rollout', 'monitor', 'ceoagent', 'environment'],
  ['pipeline'],
  ['artifacts'],
  ['world'],
  ['config.ts'],
  ['errors.ts'],
];

/** Capabilities are strangers to one another, except for the pairs (`data → brief`) that stand here with a reason. */
const acquainted: Record<string, string> = {
  'monitor → rollout': "drift rests on the judge's statistics",
  'cli → mcp': 'a command starts that door',
  'cli → http': 'a command starts a service, whose door that is',
  'ceoagent → agents': 'one model layer for both of its users',
  'ceoagent → brief': 'amounts in a question are read as numbers in a brief are',
  'rollout → deploy': 'a rollout drives the targets and routers that deploy describes',
  'data → brief': 'Chinese numerals in a table are read as those of a brief are',
};

const mostFilesInFolder = 15;
const mostLines = 400;

type SourceFile = { name: string; text: string; imports: string[] };

const importPattern = /(?:from\s+|import\s*\(\s*|import\s+)['"](\.{1,2}\/[^'"]+)['"]/g;

const files: SourceFile[] = listFiles(source)
  .filter((name) => name.endsWith('.ts'))
  .map((name) => {
    const text = readFileSync(path.join(source, name), 'utf8');
    const imports = [...text.matchAll(importPattern)].map((match) =>
      path.posix.join(path.posix.dirname(name), match[1]!),
    );
    return { name, text, imports };
  });
const program = files.filter(({ name }) => !name.endsWith('.test.ts'));

const folderOf = (name: string): string => name.split('/')[0]!;
const layerOf = (name: string): number => layers.findIndex((layer) => layer.includes(folderOf(name)));

const importsOf = program.flatMap(({ name, imports }) => imports.map((imported) => ({ name, imported })));

describe('the layers of src/', () => {
  test('hold only the folders of architecture.md', () => {
    const unknown = files.filter(({ name }) => layerOf(name) < 0).map(({ name }) => name);
    expect(unknown).toEqual([]);
  });

  test('import nothing outside of src/', () => {
    expect(importsOf.filter(({ imported }) => imported.startsWith('..'))).toEqual([]);
  });

  test('import downwards only', () => {
    const upward = importsOf.filter(
      ({ name, imported }) => layerOf(imported) >= 0 && layerOf(imported) < layerOf(name),
    );
    expect(upward).toEqual([]);
  });

  test('keep folders of the same layer strangers to one another, except for the pairs named above', () => {
    const beside = importsOf
      .filter(({ name, imported }) => layerOf(name) === layerOf(imported) && folderOf(name) !== folderOf(imported))
      .map(({ name, imported }) => ({ pair: `${folderOf(name)} → ${folderOf(imported)}`, name }))
      .filter(({ pair }) => !(pair in acquainted));
    expect(beside).toEqual([]);
  });

  test('have no import cycle', () => {
    expect(findCycle(new Map(program.map(({ name, imports }) => [name, imports])))).toBeNull();
  });

  test(`have at most ${mostFilesInFolder} files in a folder`, () => {
    const counts = Map.groupBy(program, ({ name }) => path.posix.dirname(name));
    const crowded = [...counts].filter(([, inside]) => inside.length > mostFilesInFolder).map(([folder]) => folder);
    expect(crowded).toEqual([]);
  });

  test(`have no file over ${mostLines} lines`, () => {
    const long = files.filter(({ text }) => text.trimEnd().split('\n').length > mostLines).map(({ name }) => name);
    expect(long).toEqual([]);
  });

  test('read the environment in config.ts only', () => {
    expect(namesOf(program.filter(({ text }) => /\bprocess\.env\b|\benv\b.*from 'node:process'/.test(text)))).toEqual([
      'config.ts',
    ]);
  });

  test('end the process in one file only', () => {
    expect(namesOf(program.filter(({ text }) => /\bprocess\.exit\(|\bprocess\.reallyExit\b/.test(text)))).toEqual([
      'cli/exit.ts',
    ]);
  });
});

describe('the rules of this test', () => {
  test('find a cycle where there is one', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['b']],
    ]);
    expect(findCycle(graph)).toEqual(['b', 'c', 'b']);
  });

  test('see every way in which a file is imported', () => {
    const text = "import a from './a.ts';\nimport './b.ts';\nexport * from '../c.ts';\nawait import('./d.ts');";
    expect([...text.matchAll(importPattern)].map((match) => match[1])).toEqual([
      './a.ts',
      './b.ts',
      '../c.ts',
      './d.ts',
    ]);
  });
});

const namesOf = (some: SourceFile[]): string[] => some.map(({ name }) => name);

/** A way round along the imports, or null. */
function findCycle(graph: Map<string, string[]>): string[] | null {
  const done = new Set<string>();
  const visit = (node: string, way: string[]): string[] | null => {
    if (way.includes(node)) return [...way.slice(way.indexOf(node)), node];
    if (done.has(node)) return null;
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next, [...way, node]);
      if (cycle) return cycle;
    }
    done.add(node);
    return null;
  };
  for (const node of graph.keys()) {
    const cycle = visit(node, []);
    if (cycle) return cycle;
  }
  return null;
}
