import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { isDiskFull } from '../../errors.ts';
import { readJson, writeAtomically } from '../../world/files.ts';
import { requestRecord } from '../judge/judgement.ts';

const counts = z.record(z.string(), z.number());
const keptWindow = z.strictObject({
  step: z.number(),
  canary: z.string(),
  stable: z.string(),
  seconds: z.number(),
  /** How often this step was gone on with. */
  resumed: z.number(),
  requests: z.array(requestRecord),
  predictions: z.strictObject({ stable: counts, canary: counts }),
});
/** What a step had seen when it was held: who goes on with it does not begin to count anew. */
export type KeptWindow = z.infer<typeof keptWindow>;

const fileIn = (folder: string): string => path.join(folder, 'window.json');

/** What was kept of this very step; null: nothing, or of another. */
export const readWindow = (folder: string, of: { step: number; canary: string; stable: string }): KeptWindow | null => {
  const file = fileIn(folder);
  if (!existsSync(file)) return null;
  const parsed = keptWindow.safeParse(readJson(file));
  if (!parsed.success) return null;
  const { step, canary, stable } = parsed.data;
  return step === of.step && canary === of.canary && stable === of.stable ? parsed.data : null;
};

/** On a full disk it is not kept, and counting begins anew. */
export const keepWindow = async (folder: string, window: KeptWindow): Promise<void> => {
  try {
    await writeAtomically(fileIn(folder), JSON.stringify(window));
  } catch (error) {
    if (!isDiskFull(error)) throw error;
  }
};

export const forgetWindow = (folder: string): void => rmSync(fileIn(folder), { force: true });
