import { readText } from '../world/files.ts';

/** Prediction file: row id → the other fields. The engine's own files hold no line breaks in fields. */
export const readPredictions = (file: string): Map<string, string[]> => {
  const [, ...lines] = readText(file).trimEnd().split(/\r?\n/);
  return new Map(lines.map((line) => splitLine(line)).map(([id, ...fields]) => [id!, fields]));
};

const splitLine = (line: string): string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    (match) => match[1]?.replaceAll('""', '"') ?? match[2] ?? '',
  );

/**
 * Largest difference between predictions for the rows of `before`: of numbers relative where they are over 1 (single
 * precision rounds relative to the size), of labels 1 where they differ; infinite where a row is absent.
 */
export const largestDifference = (before: Map<string, string[]>, after: Map<string, string[]>): number => {
  let largest = 0;
  for (const [id, fields] of before) {
    const other = after.get(id);
    if (!other) return Number.POSITIVE_INFINITY;
    for (const [index, field] of fields.entries()) {
      const [a, b] = [Number(field), Number(other[index])];
      const difference =
        Number.isFinite(a) && Number.isFinite(b)
          ? Math.abs(a - b) / Math.max(1, Math.abs(a))
          : field === other[index]
            ? 0
            : 1;
      largest = Math.max(largest, difference);
    }
  }
  return largest;
};
