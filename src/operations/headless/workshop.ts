import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { artifactFiles, artifactIds } from '../../artifacts/catalog.ts';
import type { Config } from '../../config.ts';
import { AppError } from '../../errors.ts';
import type { RunSettings } from '../../pipeline/context.ts';
import { isInside, readText } from '../../world/files.ts';
import type { World } from '../../world/world.ts';
import { createProject } from '../create.ts';
import { openProject } from '../project.ts';
import { runProject } from '../run.ts';
import { statusOf } from '../status.ts';
import { type Summary, summarise } from '../summary.ts';

/** Where a door without a terminal works: projects in one folder, each by its name there. */
export type Workshop = { config: Config; world: World; folder: string };

export type NewProject = {
  brief: string;
  name?: string | undefined;
  /** A file or folder on this machine. */
  data?: string | undefined;
  language?: 'zh' | 'en' | undefined;
  target?: RunSettings['target'] | undefined;
  framework?: RunSettings['framework'] | undefined;
  budget_minutes?: number | undefined;
  agents?: string[] | undefined;
};

const nameForm = /^[a-z0-9][a-z0-9._-]{0,79}$/i;

/** The folder of a project by its name; a name that would lead elsewhere is refused. */
export const rootOf = ({ folder }: Workshop, name: string): string => {
  const root = path.resolve(folder, name);
  if (!nameForm.test(name) || !isInside(root, folder)) {
    throw new AppError('usage', `${name.slice(0, 80)} is no name of a project`, {
      hint: 'Letters, digits, dots, hyphens and underscores; no path.',
    });
  }
  return root;
};

export const projectNames = ({ folder }: Workshop): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => nameForm.test(name) && existsSync(path.join(folder, name, '.specwright', 'project.json')))
        .sort()
    : [];

/** Makes a project, or takes up one of the same name; returns its name. Nothing is run yet. */
export const makeIn = async (workshop: Workshop, given: NewProject): Promise<string> => {
  const { config, world, folder } = workshop;
  const scratch = mkdtempSync(path.join(tmpdir(), 'specwright-create-'));
  try {
    const { root } = await createProject(
      config,
      {
        brief: given.brief,
        data: given.data,
        out: given.name === undefined ? undefined : rootOf(workshop, given.name),
        language: given.language,
        target: given.target,
        framework: given.framework,
        budgetMinutes: given.budget_minutes,
        agents: given.agents,
      },
      { cwd: folder, scratch, now: world.now },
    );
    return path.basename(root);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

export type RunChoices = {
  /** Take the recommended answer to every question; otherwise the run waits for answers. */
  yes?: boolean | undefined;
  until?: string | undefined;
  signal: AbortSignal;
  onProgress?: ((stage: string, text: string) => void) | undefined;
};

/** Runs a project to its end, to a refusal, or to a question, without a terminal. */
export const runIn = async (workshop: Workshop, name: string, choices: RunChoices): Promise<Summary> => {
  const root = openProject(rootOf(workshop, name)).root;
  const result = await runProject(workshop.config, workshop.world, root, {
    until: choices.until,
    signal: choices.signal,
    answerer: async (question) => (choices.yes ? { value: question.recommended, by: 'recommended' } : null),
    onChange: (stage, { status }) => choices.onProgress?.(stage, status),
    onProgress: (stage, text) => choices.onProgress?.(stage, text),
  });
  return summarise(workshop.world, root, {
    ...result,
    stages: result.report.stages,
    questions: result.report.questions,
  });
};

export const statusIn = async (workshop: Workshop, name: string) => {
  const { summary, times, agents, busy } = await statusOf(workshop.world, rootOf(workshop, name));
  return { ...summary, times, agents, busy };
};

const largestArtifact = 2_000_000;
const shown = /\.(?:md|ya?ml|json|txt|toml|csv|svg|log|ipynb)$/;

/** Documents that the stages made, as paths in the project. */
export const artifactsIn = (workshop: Workshop, name: string): string[] => {
  const { root } = openProject(rootOf(workshop, name));
  const files = artifactIds
    .flatMap((id) => artifactFiles(root, id))
    .filter((file) => shown.test(file) && !file.startsWith('data/'));
  return [...new Set(files)].sort();
};

export const artifactIn = (workshop: Workshop, name: string, file: string): string => {
  const { root } = openProject(rootOf(workshop, name));
  const listed = artifactsIn(workshop, name).includes(file) && existsSync(path.join(root, file));
  if (!listed || statSync(path.join(root, file)).size > largestArtifact) {
    throw new AppError('input.invalid', `${file} is no artifact of ${name}`, {
      hint: 'List them first; paths are relative to the project.',
    });
  }
  return readText(path.join(root, file));
};
