import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { readAgentChoices } from '../agents/model/choice.ts';
import type { Item } from '../artifacts/requirements.ts';
import { extractRequirements } from '../brief/extract.ts';
import type { Config } from '../config.ts';
import { profileSource } from '../data/brief-profile.ts';
import { inspectSource } from '../data/given/source.ts';
import { AppError } from '../errors.ts';
import type { Device, Framework, Language, RunSettings, Target } from '../pipeline/context.ts';
import { listFiles, readText, sha256, sha256File } from '../world/files.ts';
import { acquireLock } from '../world/lock.ts';
import { checkTarget, lockOf, openProject, type ProjectFile, saveProject } from './project.ts';

export type CreateOptions = {
  brief: string;
  data?: string | undefined;
  out?: string | undefined;
  language?: Language | undefined;
  target?: Target | undefined;
  device?: Device | undefined;
  budgetMinutes?: number | undefined;
  framework?: Framework | undefined;
  agents?: string[] | undefined;
  agentBudget?: RunSettings['agentBudget'] | undefined;
};

const longestBrief = 20_000;

/**
 * Makes the project's folder, or takes up one of ours with a new brief or new settings. Nothing is written before
 * brief, data and target folder have been checked.
 */
export const createProject = async (
  config: Config,
  options: CreateOptions,
  { cwd, scratch, now }: { cwd: string; scratch: string; now: () => Date },
): Promise<{ root: string; project: ProjectFile }> => {
  readAgentChoices(options.agents ?? []);
  const { text, folder } = readBrief(options.brief, cwd);
  const data = options.data ? await describeData(path.resolve(cwd, options.data)) : null;
  const profile = data ? await profileSource(data.path, scratch) : null;
  const draft = extractRequirements(text, { profile, ...(options.language ? { language: options.language } : {}) });
  const root = path.resolve(cwd, options.out ?? draft.project);
  const state = checkTarget(root, config.packageFolder);
  const settings: RunSettings = {
    brief: text,
    language: options.language ?? draft.language,
    data,
    target: options.target ?? 'process',
    device: options.device ?? null,
    budgetMinutes: options.budgetMinutes ?? null,
    framework: options.framework ?? demandedFramework(draft.items),
    agents: options.agents ?? [],
    agentBudget: options.agentBudget ?? {},
  };
  const created = state === 'ours' ? openProject(root).project.created : now().toISOString();
  const ruleFolders = [...new Set([folder, cwd])].filter((one) => path.resolve(one) !== config.packageFolder);
  const project: ProjectFile = { format: 1, name: draft.project, created, settings, ruleFolders };
  const lock = acquireLock(lockOf(root), `The project ${root}`);
  try {
    await saveProject(root, project);
  } finally {
    lock.release();
  }
  return { root, project };
};

/** What the brief names; PyTorch where it names none. */
const demandedFramework = (items: Item[]): Framework => {
  const named = items.filter(({ subject }) => subject === 'framework').flatMap(({ value }) => [value].flat());
  if (!named.includes('paddle')) return 'torch';
  return named.includes('torch') ? 'both' : 'paddle';
};

/** The brief itself, or the text of the file that it names. */
const readBrief = (given: string, cwd: string): { text: string; folder: string } => {
  const file = path.resolve(cwd, given.slice(0, 1000));
  const isFile = given.length < 1000 && !given.includes('\n') && existsSync(file) && statSync(file).isFile();
  const text = (isFile ? readText(file) : given).trim();
  if (text === '') {
    throw new AppError('usage', 'The brief is empty', {
      hint: 'Say in a sentence or two what should be predicted and what must hold.',
    });
  }
  if (text.length > longestBrief) {
    throw new AppError('usage', `The brief has ${text.length} characters, at most ${longestBrief} are read`, {
      hint: 'Give the few sentences that matter; data belongs into --data.',
    });
  }
  return { text, folder: isFile ? path.dirname(file) : cwd };
};

export const describeData = async (file: string): Promise<{ path: string; sha256: string }> => {
  const source = await inspectSource(file);
  const hash =
    source.kind === 'images'
      ? await hashOf(source.folder, listFiles(source.folder))
      : source.kind === 'parallel'
        ? await hashOf(source.folder, source.pairs.flat())
        : source.kind === 'documents'
          ? await hashOf(source.folder, source.files)
          : await sha256File(source.file);
  return { path: file, sha256: hash };
};

const hashOf = async (folder: string, files: string[]): Promise<string> => {
  const hashes: string[] = [];
  for (const file of files) hashes.push(`${file} ${await sha256File(path.join(folder, file))}`);
  return sha256(hashes.join('\n'));
};
