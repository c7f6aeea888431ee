import { rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Technology } from '../../artifacts/documents/technology.ts';
import type { Requirements } from '../../artifacts/requirements.ts';
import { readsImages } from '../../data/images.ts';
import { expectSuccess } from '../../world/processes.ts';
import type { StageContext } from '../context.ts';

const madeData = z.object({
  path: z.string(),
  target: z.string(),
  about: z.object({ zh: z.string(), en: z.string() }),
  /** The public data set that the project's loader can bring where the network is open. */
  public: z.string(),
});
export type MadeData = z.infer<typeof madeData>;

/** Families for which `python/make_data.py` makes a small set when the user has given none. */
const makers = new Set(['sequence_to_sequence', 'text_classification', 'image_classification', 'face_verification']);

/** A small set made by rule, so that the project can be built and tried; null where only the user's own data will do. */
export const makeData = async (context: StageContext, { task, brief }: Requirements): Promise<MadeData | null> => {
  if (task === null || !makers.has(task)) return null;
  const output = path.join(context.root, '.specwright/made', readsImages(task) ? 'images' : 'made.csv');
  await rm(path.dirname(output), { recursive: true, force: true });
  const script = path.join(context.config.packageFolder, 'python', 'make_data.py');
  const result = await context.fork([script, task, brief, output], { cwd: context.root, limitSeconds: 120 });
  return madeData.parse(JSON.parse(expectSuccess(result, 'Making a small data set').stdout));
};

/** What the artifacts say of data that nobody gave. */
export const describeMade = (made: MadeData | null): Technology['made'] =>
  made && { about: made.about, public: made.public };
