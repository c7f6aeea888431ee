import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { readArtifact } from '../../../artifacts/document.ts';
import { requirementsDocument } from '../../../artifacts/documents/requirements-document.ts';
import { technologyDocument } from '../../../artifacts/documents/technology.ts';
import { AppError, isDiskFull, messageOf } from '../../../errors.ts';
import type { Journal } from '../../../pipeline/journal.ts';
import type { RunReport } from '../../../pipeline/run-options.ts';
import { packageName } from '../build.ts';
import { furtherModule, furtherSettings } from './further-layer.ts';

/** Where a network can be the fault: it is built, reviewed, trained and served there. Not what surrounds it. */
const suspects = ['1.3', '1.4', '2.3', '2.4', '3.3'];

export const takenBackEvent = 'further.taken-back';

/**
 * Where a stage stopped with a network in the project that a model wrote, the choice is made again without it: true, and
 * the pipeline has to run once more. A project takes such a network back once; after that none is asked for.
 */
export const takeBackFurther = async (root: string, journal: Journal, { stages }: RunReport): Promise<boolean> => {
  const file = path.join(root, technologyDocument.file);
  if (!existsSync(file)) return false;
  const found = suspects.flatMap((stage) => faultOf(stage, stages.get(stage)) ?? [])[0];
  if (!found) return false;
  const { further, choice } = readArtifact(root, technologyDocument);
  if (further === undefined || choice.model !== further.model) return false;
  // A program that ended between the two lines below has said it, and not done it.
  if (!journal.entries.some(({ kind }) => kind === takenBackEvent))
    journal.append(takenBackEvent, { model: further.model, ...found }, true);
  const folder = packageName(readArtifact(root, requirementsDocument));
  const own = [furtherSettings(further.model), furtherModule(further.model).replace(/^\w+/, folder)];
  // A stage whose file is gone runs again; these stay among the kept files of the journal.
  for (const gone of [...own.map((name) => path.join(root, name)), file]) await rm(gone, { force: true });
  return true;
};

/** A demand that is not met, or that a person does not confirm, is no fault of the code. */
const demand = /^REQ-\d+$/;
/** What stops a run without the network having to do with it. */
const others = new Set(['usage', 'input.invalid', 'tool.missing', 'disk.full', 'project.locked', 'gate.refused']);

const faultOf = (
  stage: string,
  status: ReturnType<RunReport['stages']['get']>,
): { stage: string; because: string } | null => {
  if (status?.status === 'refused') {
    const reasons = status.reasons.filter(({ about }) => !demand.test(about));
    return reasons.length > 0
      ? { stage, because: reasons.map(({ about, message }) => `${about}: ${message}`).join('; ') }
      : null;
  }
  if (status?.status !== 'failed' || isDiskFull(status.error)) return null;
  const isOther = status.error instanceof AppError && others.has(status.error.code);
  return isOther ? null : { stage, because: messageOf(status.error) };
};
