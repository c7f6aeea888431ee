import { applyPatch, type StructuredPatch, structuredPatch } from 'diff';

/** Text of files by path; null: the file is not there. */
export type Files = Map<string, string | null>;

/** A piece of the way back from a file as it is to the file as it was last known to be good. */
export type Part = { file: string; line: number; patch: StructuredPatch };

/** Where the files differ from their good version, piece by piece; what only the project has is left alone. */
export const partsOf = (current: Files, good: Files): Part[] =>
  [...good].flatMap(([file, wanted]) => {
    const now = current.get(file) ?? null;
    if (wanted === null || now === wanted) return [];
    const patch = structuredPatch(file, file, now ?? '', wanted, '', '', { context: 0 });
    return patch.hunks.map((hunk) => ({ file, line: hunk.oldStart, patch: { ...patch, hunks: [hunk] } }));
  });

/** The files with some pieces returned to their good version. */
export const withReturned = (current: Files, parts: Part[]): Files => {
  const files: Files = new Map();
  for (const file of new Set(parts.map((part) => part.file))) {
    const own = parts.filter((part) => part.file === file);
    const hunks = own.flatMap(({ patch }) => patch.hunks).sort((a, b) => a.oldStart - b.oldStart);
    const text = applyPatch(current.get(file) ?? '', { ...own[0]!.patch, hunks });
    if (text !== false) files.set(file, text);
  }
  return files;
};

/**
 * The fewest pieces whose return makes a run pass (delta debugging, Zeller & Hildebrandt 2002), so that every other
 * change stays; null where even returning all of them does not help. Pieces that `suspect` names are tried first, then
 * those of `prefer`: another setting may go around broken code, and settings are what people change at will.
 */
export const smallestReturn = async (
  parts: Part[],
  passes: (returned: Part[]) => Promise<boolean>,
  options: { suspect?: (part: Part) => boolean; prefer?: (part: Part) => boolean; mostRuns: number },
): Promise<{ parts: Part[]; runs: number } | null> => {
  let runs = 0;
  const tried = async (returned: Part[]): Promise<boolean> => {
    runs += 1;
    return passes(returned);
  };
  const exhausted = () => runs >= options.mostRuns;
  for (const wanted of [options.suspect, options.prefer]) {
    const first = wanted ? parts.filter(wanted) : [];
    if (first.length === 0 || first.length === parts.length || !(await tried(first))) continue;
    return { parts: await reduce(first, tried, exhausted), runs };
  }
  if (parts.length === 0 || !(await tried(parts))) return null;
  return { parts: await reduce(parts, tried, exhausted), runs };
};

const reduce = async (
  parts: Part[],
  passes: (returned: Part[]) => Promise<boolean>,
  exhausted: () => boolean,
): Promise<Part[]> => {
  let kept = parts;
  let pieces = 2;
  while (kept.length > 1 && !exhausted()) {
    const size = Math.ceil(kept.length / pieces);
    const chunks = Array.from({ length: pieces }, (_, at) => kept.slice(at * size, (at + 1) * size)).filter(
      (chunk) => chunk.length > 0,
    );
    const smaller = await firstPassing(
      [...chunks, ...(pieces > 2 ? chunks.map((chunk) => kept.filter((part) => !chunk.includes(part))) : [])],
      passes,
      exhausted,
    );
    if (smaller) {
      pieces = smaller.length > size ? Math.max(2, pieces - 1) : 2;
      kept = smaller;
    } else if (pieces < kept.length) pieces = Math.min(kept.length, 2 * pieces);
    else break;
  }
  return kept;
};

const firstPassing = async (
  candidates: Part[][],
  passes: (returned: Part[]) => Promise<boolean>,
  exhausted: () => boolean,
): Promise<Part[] | null> => {
  for (const candidate of candidates) {
    if (exhausted()) return null;
    if (await passes(candidate)) return candidate;
  }
  return null;
};

/** In words: which lines of which files went back. */
export const describeParts = (parts: Part[]): string =>
  parts
    .map(({ file, line, patch }) => {
      const { oldLines, newLines } = patch.hunks[0]!;
      return `${file}:${line} (${oldLines} lines to ${newLines} of the last good version)`;
    })
    .join('; ');
