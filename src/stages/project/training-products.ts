import path from 'node:path';
import { z } from 'zod';
import { readJson } from '../../world/files.ts';
import { definedFigures } from '../run-folder.ts';

const modelFile = z.object({ name: z.string(), version: z.string(), task: z.string(), target: z.string() });
const parityFile = z.object({ batches: z.array(z.number()), max_abs_difference: z.number(), tolerance: z.number() });

/** What the export wrote beside the ONNX file. */
export const readExport = (root: string) => {
  const at = (name: string) => readJson(path.join(root, 'models/current', name));
  return { ...modelFile.parse(at('model.json')), parity: parityFile.parse(at('parity.json')) };
};

/** The project's own figures for the hold-out, to be held against the recomputed ones. */
export const readOwnMetrics = (root: string, name: string): Record<string, number> =>
  z.object({ metrics: definedFigures }).parse(readJson(path.join(root, 'runs/holdout', `${name}.json`))).metrics;
