import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { readJson, readText } from '../world/files.ts';
import type { StageContext } from './context.ts';

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
  metrics: z.object({ valid: z.record(z.string(), z.number()) }),
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
