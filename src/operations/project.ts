import { existsSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { type RunSettings, targets } from '../pipeline/context.ts';
import { isInside, readText, writeAtomically } from '../world/files.ts';

const projectFile = z.strictObject({
  format: z.literal(1),
  name: z.string(),
  created: z.string(),
  settings: z.strictObject({
    brief: z.string(),
    language: z.enum(['zh', 'en']),
    data: z.strictObject({ path: z.string(), sha256: z.string() }).nullable(),
    target: z.enum(targets),
    device: z.enum(['cpu', 'gpu']).nullable(),
    budgetMinutes: z.number().positive().nullable(),
    framework: z.enum(['torch', 'paddle', 'both']).default('torch'),
    agents: z.array(z.string()).default([]),
    agentBudget: z
      .strictObject({
        usd: z.number().positive().optional(),
        tokens: z.number().positive().optional(),
        calls: z.number().positive().optional(),
        minutes: z.number().positive().optional(),
      })
      .default({}),
  }),
  /** Folders in which own rule files were looked for when the project was made. */
  ruleFolders: z.array(z.string()),
});
export type ProjectFile = z.infer<typeof projectFile> & { settings: RunSettings };

const markerOf = (root: string) => path.join(root, '.specwright', 'project.json');
export const journalOf = (root: string) => path.join(root, '.specwright', 'journal.jsonl');
export const lockOf = (root: string) => path.join(root, '.specwright', 'lock');

/** Opens a project of ours, or says that there is none. */
export const openProject = (given: string): { root: string; project: ProjectFile } => {
  const root = path.resolve(given);
  const file = markerOf(root);
  if (!existsSync(file)) {
    throw new AppError('project.not-ours', `${given} is no Specwright project`, {
      hint: 'Give the folder of a project (the one with .specwright in it), or make one with `specwright create`.',
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(readText(file));
  } catch (error) {
    throw new AppError('project.not-ours', `${file} is not readable`, { cause: error });
  }
  const parsed = projectFile.safeParse(value);
  if (!parsed.success)
    throw new AppError('project.not-ours', `${file} is not of this version: ${z.prettifyError(parsed.error)}`);
  return { root, project: parsed.data };
};

export const saveProject = (root: string, project: ProjectFile): Promise<void> =>
  writeAtomically(markerOf(root), `${JSON.stringify(projectFile.parse(project), null, 2)}\n`);

/** A folder that may become a project, or is one of ours: absent, empty, or marked. Never inside our own package. */
export const checkTarget = (given: string, packageFolder: string): 'new' | 'ours' => {
  const root = path.resolve(given);
  if (isInside(realPath(root), realPath(packageFolder))) {
    throw new AppError('project.not-ours', `${given} lies inside Specwright's own folder`, {
      hint: 'Choose a folder elsewhere with --out.',
    });
  }
  if (!existsSync(root)) return 'new';
  if (existsSync(markerOf(root))) return 'ours';
  const entries = readEntries(root, given);
  // A run that was killed while it made the project leaves our folder without its marker.
  if (entries.every((entry) => entry === '.specwright')) return 'new';
  throw new AppError(
    'project.not-ours',
    `${given} is not empty and no project of ours (${entries.slice(0, 3).join(', ')} …)`,
    {
      hint: 'Nothing was written. Choose another folder with --out.',
    },
  );
};

const readEntries = (root: string, given: string): string[] => {
  try {
    return readdirSync(root);
  } catch (error) {
    throw new AppError('project.not-ours', `${given} is no folder that can be read`, {
      cause: error,
      hint: 'Choose another folder with --out.',
    });
  }
};

/** The path with the links of its existing part resolved. */
const realPath = (file: string): string => {
  let existing = file;
  while (!existsSync(existing) && path.dirname(existing) !== existing) existing = path.dirname(existing);
  return path.join(realpathSync(existing), path.relative(existing, file));
};
