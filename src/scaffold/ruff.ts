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

export const formatPython = async (text: string): Promise<string> => {
  try {
    return (await workspace()).format(text);
  } catch {
    return text; // a syntax error is the review's to tell, with its line
  }
};
