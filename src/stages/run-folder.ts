import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { readJson, readText } from '../world/files.ts';
import type { StageContext } from './context.ts';

/** Figures that are not defined on a part, such as the AUC where one class is all there is, are left out. */
export const definedFigures = z
  .record(z.string(), z.number().nullable())
  .transform((all) =>
    Object.fromEntries(Object.entries(all).filter((entry): entry is [string, number] => entry[1] !== null)),
  );

const run = z.object({
  model: z.string(),
  seed: z.number(),
  device: z.string(),
  epochs: z.number(),
  batch_size: z.number(),
  steps: z.number(),
  seconds: z.number(),
  train_seconds: z.number(),
  peak_memory_mb: z.number(),
  parameters: z.number(),
  rows_train: z.number(),
  rows_valid: z.number(),
  checkpoint_sha256: z.string(),
  predictions_sha256: z.string().optional(),
  versions: z.record(z.string(), z.string()),
  metrics: z.object({ valid: definedFigures }),
  world_size: z.number(),
});
export type RunRecord = z.infer<typeof run>;

/** `run.json` of a run folder; null where there is none or where it does not fit. */
export const readRun = (context: Pick<StageContext, 'root'>, folder: string): RunRecord | null => {
  const file = path.join(context.root, folder, 'run.json');
  if (!existsSync(file)) return null;
  const parsed = run.safeParse(readJson(file));
  return parsed.success ? parsed.data : null;
};

/** The loss of every row of `metrics.csv` that has one; null: not finite. */
export const readLosses = (context: StageContext, folder: string): (number | null)[] => {
  const file = path.join(context.root, folder, 'metrics.csv');
  if (!existsSync(file)) return [];
  const [header, ...rows] = readText(file)
    .trim()
    .split('\n')
    .map((line) => line.trim().split(','));
  const at = header?.indexOf('loss') ?? -1;
  return rows
    .map((row) => row[at] ?? '')
    .filter((text) => text !== '')
    .map((text) => (Number.isFinite(Number(text)) ? Number(text) : null));
};
