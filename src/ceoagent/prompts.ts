import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../errors.ts';
import { readText } from '../world/files.ts';

export type Prompts = { version: string; system: string; fill(values: { query: string; context: string }): string };

const parts = { system: 'system.txt', analysis: 'decision_analysis.txt' } as const;
const variables = ['query', 'context'];
const placeholder = /\$\{([^}]*)\}/g;

/**
 * The prompts of a version, `prompts/VERSION/*.txt`. They are read again whenever a file has changed, so that a new
 * wording needs no restart; a wrong one is refused with its file and name, and the last good wording is kept.
 */
export const createPrompts = (folder: string, version: string): { current(): Prompts; problem(): string | null } => {
  let state = '';
  let good: Prompts = read(folder, version);
  let problem: string | null = null;
  state = stateOf(folder, version);
  return {
    current: () => {
      const now = stateOf(folder, version);
      if (now === state) return good;
      state = now;
      try {
        good = read(folder, version);
        problem = null;
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        problem = error.message;
      }
      return good;
    },
    problem: () => problem,
  };
};

/** Versions that lie side by side. */
export const promptVersions = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => existsSync(path.join(folder, name, parts.analysis)))
        .sort()
    : [];

const stateOf = (folder: string, version: string): string =>
  Object.values(parts)
    .map((name) => {
      const found = statSync(path.join(folder, version, name), { throwIfNoEntry: false });
      return found ? `${found.mtimeMs}:${found.size}` : 'missing';
    })
    .join(' ');

const read = (folder: string, version: string): Prompts => {
  const load = (name: string) => {
    const file = path.join(folder, version, name);
    if (!existsSync(file)) {
      throw new AppError('artifact.invalid', `The prompt ${file} is missing`, {
        hint: `Versions that are there: ${promptVersions(folder).join(', ') || 'none'}.`,
      });
    }
    return { file, text: readText(file).trim() };
  };
  const system = load(parts.system);
  const analysis = load(parts.analysis);
  check(system, []);
  check(analysis, variables);
  // In one pass: what was asked may itself look like a variable, and stays text.
  const fill = (values: Record<string, string>) =>
    analysis.text.replace(placeholder, (_, name: string) => values[name]!);
  return { version, system: system.text, fill };
};

const check = ({ file, text }: { file: string; text: string }, wanted: string[]): void => {
  const used = [...text.matchAll(placeholder)].map((match) => match[1]!);
  const unknown = used.filter((name) => !wanted.includes(name));
  const unused = wanted.filter((name) => !used.includes(name));
  const fault = [
    ...(text === '' ? ['is empty'] : []),
    ...unknown.map((name) => `uses \${${name}}, which nothing fills`),
    ...unused.map((name) => `never uses \${${name}}`),
  ][0];
  if (fault)
    throw new AppError('artifact.invalid', `The prompt ${file} ${fault}`, {
      hint: 'Correct the file; no restart is needed.',
    });
};
