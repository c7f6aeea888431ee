import type { Workspace } from '@astral-sh/ruff-wasm-nodejs';

/** The line length of generated projects; the template's pyproject.toml says the same. */
const options = { 'line-length': 100, 'target-version': 'py310' };

let loaded: Promise<Workspace> | undefined;

/** Ruff as a module, which formats before any Python exists. Loaded late (10 MB). */
const workspace = (): Promise<Workspace> => {
  loaded ??= import('@astral-sh/ruff-wasm-nodejs').then(
    (ruff) => new ruff.Workspace(options, ruff.PositionEncoding.Utf16),
  );
  return loaded;
};

type Position = { row: number; column: number };
type Fix = { edits: { content: string | null; location: Position; end_location: Position }[] };

/** Imports in the order that ruff asks for, which depends on how the project's own packages are called. */
export const sortImports = async (text: string, ownPackages: string[]): Promise<string> => {
  const ruff = await import('@astral-sh/ruff-wasm-nodejs');
  const lint = { select: ['I'], isort: { 'known-first-party': ownPackages } };
  const sorter = new ruff.Workspace({ ...options, lint }, ruff.PositionEncoding.Utf16);
  try {
    const findings = sorter.check(text) as { code: string | null; fix: Fix | null }[];
    const edits = findings.flatMap(({ code, fix }) => (code === 'I001' && fix ? fix.edits : []));
    return edits
      .map((edit) => ({
        from: offsetOf(text, edit.location),
        to: offsetOf(text, edit.end_location),
        content: edit.content ?? '',
      }))
      .sort((a, b) => b.from - a.from)
      .reduce((changed, { from, to, content }) => changed.slice(0, from) + content + changed.slice(to), text);
  } finally {
    sorter.free();
  }
};

/** Rows and columns count from one. */
const offsetOf = (text: string, { row, column }: Position): number => {
  let offset = 0;
  for (let line = 1; line < row; line++) offset = text.indexOf('\n', offset) + 1;
  return offset + column - 1;
};

export const formatPython = async (text: string): Promise<string> => {
  try {
    return (await workspace()).format(text);
  } catch {
    return text; // a syntax error is the review's to tell, with its line
  }
};
