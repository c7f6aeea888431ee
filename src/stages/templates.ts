import path from 'node:path';
import type { Config } from '../config.ts';

export type Template = { folder: string; package: string };

/** Task families and the running project that each is made from. A new family is a folder and a line here. */
const folders: Record<string, string> = {
  tabular_classification: 'tabular',
  tabular_regression: 'tabular',
};

export const templateOf = (config: Config, task: string | null): Template | null => {
  const name = task ? folders[task] : undefined;
  return name ? { folder: path.join(config.packageFolder, 'templates', name), package: `${name}_project` } : null;
};
