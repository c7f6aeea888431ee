import { readFileSync } from 'node:fs';
import path from 'node:path';
import { loadConfig } from '../../src/config.ts';

const folder = path.join(loadConfig({}).packageFolder, 'samples', 'penguins');

/** The shipped sample: a brief and a small invented table. */
export const sample = {
  brief: readFileSync(path.join(folder, 'brief.md'), 'utf8').trim(),
  data: path.join(folder, 'penguins.csv'),
};
