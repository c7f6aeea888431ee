import { realpathSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type { AgentTask } from '../agents/desk.ts';
import { type Confinement, confined, findConfinement, withoutSecrets } from '../agents/tools/confinement.ts';
import { createWorkspace } from '../agents/tools/workspace.ts';
import { profileSource } from '../data/brief-profile.ts';
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
      // A person who is asked in the middle of a task would have to wait for it: decisions are asked by the stages.
      ask: async () => null,
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
