import { realpathSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type { AgentTask } from '../agents/desk.ts';
import { type Confinement, confined, findConfinement, withoutSecrets } from '../agents/tools/confinement.ts';
import { createWorkspace } from '../agents/tools/workspace.ts';
import { profileSource } from '../data/brief-profile.ts';
import { WaitingError } from '../pipeline/questions.ts';
import { sha256 } from '../world/files.ts';
import type { StageContext } from './context.ts';
import { projectEnvironment } from './device.ts';

/** Files of a changed project as they were before. */
export type Undo = { changed(): string[]; before(file: string): string | null; restore(): Promise<void> };

/** What an agent works on in a stage; `undo` takes everything back that it wrote. */
export const agentGround = async (
  context: StageContext,
  { writable = () => false }: { writable?: (file: string) => boolean } = {},
): Promise<{ ground: AgentTask<unknown>['ground']; undo: Undo }> => {
  const before = new Map<string, string | null>();
  const put = async (file: string, text: string | null): Promise<void> => {
    if (text !== null) return context.write(file, text);
    context.record('file.removed', { path: file });
    rmSync(context.at(file), { force: true });
  };
  const workspace = createWorkspace({
    root: context.root,
    writable,
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
      runPython: (argv) => runPython(context, argv, confinement),
      ask: (question) => askPerson(context, question),
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

/** Where nobody answers now the task goes on without; the question stays open, and its answer counts the next time. */
const askPerson = async (context: StageContext, text: string): Promise<string | null> => {
  const id = `Q-agent-${sha256(text).slice(0, 8)}`;
  const recommended = context.say('按需求描述自行决定', 'decide by the brief');
  try {
    const why = context.say('担任角色的模型提出此问题。', 'A model that works in a role asks this.');
    const answers = await context.ask([{ id, text, why, recommended, options: [], free: true }]);
    return answers[id] ?? null;
  } catch (error) {
    if (error instanceof WaitingError) return null;
    throw error;
  }
};

const readOrNull = (
  workspace: { files(folder: string): string[]; read(file: string): string },
  file: string,
): string | null => (workspace.files('.').includes(file) ? workspace.read(file) : null);

const runPython = (context: StageContext, argv: string[], confinement: Confinement) => {
  const { DEBUG_CODE } = context.rules;
  const { python, folder } = projectEnvironment(context);
  // The environment and the interpreter behind it may lie elsewhere, below a folder that is hidden.
  const needs = [realpathSync(folder), path.resolve(realpathSync(python), '../..')];
  return context.tool(confined([python, ...argv], { confinement, root: context.root, home: homedir(), needs }), {
    cwd: context.root,
    env: withoutSecrets(context.config.childEnvironment),
    limitSeconds: DEBUG_CODE.run_limit_seconds,
    limitMemoryMb: DEBUG_CODE.memory_limit_mb,
  });
};

const profileText = async (context: StageContext): Promise<string> => {
  const { data } = context.settings;
  if (data === null) return 'There are no data.';
  return JSON.stringify(await profileSource(data.path, context.scratch), null, 1);
};
