import { mkdirSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { listFiles } from '../world/files.ts';

/**
 * A running Python project in layers: what all task families share, then what one family has of its own. A file of a
 * later layer stands in place of the same file of an earlier one.
 */
export type Template = { layers: string[]; package: string };

const byProducts = /(^|\/)(__pycache__|\.\w+_cache|\.venv|uv\.lock)(\/|$)|\.pyc$|^(runs|models|reports)\//;

/** Files of the whole project: relative path → absolute path, sorted. */
export const templateFiles = ({ layers }: Template): Map<string, string> => {
  const found = new Map<string, string>();
  for (const folder of layers) {
    for (const file of listFiles(folder, (one) => byProducts.test(one))) found.set(file, path.join(folder, file));
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
};

/** Where a file of the template lies. */
export const templateFile = ({ layers }: Template, file: string): string => {
  const found = templateFiles({ layers, package: '' }).get(file);
  if (found === undefined) throw new Error(`no layer of the template has ${file}`);
  return found;
};

/** The project as it stands, before anything is rendered; its tests and programs run there. */
export const composeTemplate = async (template: Template, folder: string): Promise<string> => {
  mkdirSync(folder, { recursive: true });
  for (const [file, source] of templateFiles(template)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await copyFile(source, path.join(folder, file));
  }
  return folder;
};
