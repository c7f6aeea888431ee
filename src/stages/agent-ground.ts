import { existsSync, realpathSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type { AgentTask } from '../agents/desk.ts';
import { type Confinement, confined, findConfinement, withoutSecrets } from '../agents/tools/confinement.ts';
import { createWorkspace } from '../agents/tools/workspace.ts';
import { profileSource } from '../data/brief-profile.ts';
import { sha256, writeAtomically } from '../world/files.ts';
import type { StageContext } from './context.ts';
import { projectEnvironment } from './device.ts';

/** Files of a changed project as they were before. */
export type Undo = { changed(): string[]; before(file: string): string | null; restore(): Promise<void> };

type GroundOptions = {
  writable?: (file: string) => boolean;
  /** Another folder than the project, such as a copy to try something in; what is written there is not the project's. */
  root?: string;
  /** Python to run with, where it is not the project's own. */
  environment?: { python: string; folder: string };
  /** What programs must not see, where the platform can hide it, and what of that they read nevertheless. */
  hidden?: string[];
  needs?: string[];
};

/** What an agent works on in a stage; `undo` takes everything back that it wrote. */
export const agentGround = async (
  context: StageContext,
  options: GroundOptions = {},
): Promise<{ ground: AgentTask<unknown>['ground']; undo: Undo }> => {
  const before = new Map<string, string | null>();
  const put = options.root === undefined ? writer(context) : writerElsewhere(options.root);
  const workspace = createWorkspace({
    root: options.root ?? context.root,
    writable: options.writable ?? (() => false),
    write: async (file, text) => {
      if (!before.has(file)) before.set(file, readOrNull(workspace, file));
      await put(file, text);
    },
  });
  const confinement = await findConfinement(context.world.run);
  context.record('agent.confined', { confinement });
  return {
    ground: {
      workspace,
      runPython: (argv) => runPython(context, argv, { ...options, confinement }),
      ask: person(context),
      lookAtData: () => profileText(context),
      shown: 20_000,
    },
    undo: {
      changed: () => [...before.keys()],
      before: (file) => before.get(file) ?? null,
      restore: async () => {
        for (const [file, text] of before) await put(file, text);
        before.clear();
      },
    },
  };
};

type Put = (file: string, text: string | null) => Promise<void>;

const writer =
  (context: StageContext): Put =>
  async (file, text) => {
    if (text !== null) return context.write(file, text);
    context.record('file.removed', { path: file });
    rmSync(context.at(file), { force: true });
  };

const writerElsewhere =
  (root: string): Put =>
  async (file, text) => {
    if (text === null) return rmSync(path.join(root, file), { force: true });
    await writeAtomically(path.join(root, file), text);
  };

/** Questions that one task may ask a person. */
const mostQuestions = 3;

/**
 * The question goes to whoever answers in this run, like every other: at the terminal, from a file, or the recommended
 * answer by `--yes`. Where nobody answers now the stage waits; it goes on with the answer where it stopped.
 */
const person = (context: StageContext): AgentTask<unknown>['ground']['ask'] => {
  const asked = new Set<string>();
  return async ({ question, why, recommended, options = [] }) => {
    const id = `Q-agent-${sha256(question).slice(0, 8)}`;
    asked.add(id);
    if (asked.size > mostQuestions) return null;
    const decide = context.say('按需求描述自行决定', 'decide by the brief');
    const proposals = [...new Set([...options, recommended ?? decide])];
    const answers = await context.ask([
      {
        id,
        text: question,
        why: why ?? context.say('担任角色的模型提出此问题。', 'A model that works in a role asks this.'),
        recommended: recommended ?? decide,
        options: proposals.map((value) => ({ value, label: value, changes: '' })),
        free: true,
      },
    ]);
    return answers[id] ?? null;
  };
};

const readOrNull = (
  workspace: { files(folder: string): string[]; read(file: string): string },
  file: string,
): string | null => (workspace.files('.').includes(file) ? workspace.read(file) : null);

const runPython = (
  context: StageContext,
  argv: string[],
  options: Pick<GroundOptions, 'root' | 'environment' | 'hidden' | 'needs'> & { confinement: Confinement },
) => {
  const { DEBUG_CODE } = context.rules;
  const { root = context.root, confinement, hidden = [] } = options;
  const { python, folder } = options.environment ?? projectEnvironment(context);
  // The environment and the interpreter behind it may lie elsewhere, below a folder that is hidden.
  const needs = [realpathSync(folder), path.resolve(realpathSync(python), '../..'), ...(options.needs ?? [])];
  return context.tool(confined([python, ...argv], { confinement, root, home: homedir(), needs, hidden }), {
    cwd: root,
    env: withoutSecrets(context.config.childEnvironment),
    limitSeconds: DEBUG_CODE.run_limit_seconds,
    limitMemoryMb: DEBUG_CODE.memory_limit_mb,
  });
};

/** Once the hold-out is sealed the profile is of the other rows: examples and extremes are rows as well. */
const profileText = async (context: StageContext): Promise<string> => {
  const { data } = context.settings;
  if (data === null) return 'There are no data.';
  const full = context.at('data/full/data.csv');
  return JSON.stringify(await profileSource(existsSync(full) ? full : data.path, context.scratch), null, 1);
};
