import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { readArtifact } from '../../../artifacts/document.ts';
import { technologyDocument } from '../../../artifacts/documents/technology.ts';
import { isDiskFull, messageOf } from '../../../errors.ts';
import type { Journal } from '../../../pipeline/journal.ts';
import type { RunReport } from '../../../pipeline/run-options.ts';

/** Where a network can be the fault: it is built, reviewed, trained and served there. Not what surrounds it. */
const suspects = ['1.3', '1.4', '2.3', '2.4', '3.3'];

export const takenBackEvent = 'further.taken-back';

/**
 * Where a stage stopped with a network in the project that a model wrote, the choice is made again without it: true, and
 * the pipeline has to run once more. A project takes such a network back once; after that none is asked for.
 */
export const takeBackFurther = async (root: string, journal: Journal, { stages }: RunReport): Promise<boolean> => {
  if (!existsSync(path.join(root, technologyDocument.file))) return false;
  if (journal.entries.some(({ kind }) => kind === takenBackEvent)) return false;
  const stopped = suspects.map((stage) => ({ stage, status: stages.get(stage) }));
  const found = stopped.flatMap(({ stage, status }) =>
    status?.status === 'refused'
      ? [{ stage, because: status.reasons.map(({ about, message }) => `${about}: ${message}`).join('; ') }]
      : status?.status === 'failed' && !isDiskFull(status.error)
        ? [{ stage, because: messageOf(status.error) }]
        : [],
  )[0];
  if (!found) return false;
  const { further, choice } = readArtifact(root, technologyDocument);
  if (further === undefined || choice.model !== further.model) return false;
  journal.append(takenBackEvent, { model: further.model, ...found }, true);
  // A stage whose file is gone runs again; this one stays among the kept files of the journal.
  await rm(path.join(root, technologyDocument.file));
  return true;
};
