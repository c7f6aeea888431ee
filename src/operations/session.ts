import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { embeddedAgents } from '../agents/desk.ts';
import { loadRules } from '../artifacts/rules/rules.ts';
import type { Config } from '../config.ts';
import { createWorkbench } from '../environment/workbench.ts';
import { engineContext } from '../pipeline/engine-context.ts';
import { openJournal } from '../pipeline/journal.ts';
import { type StageContext, stageContext } from '../stages/context.ts';
import { paddleOf, sharedPackages, sharedTemplate } from '../stages/templates.ts';
import { acquireLock } from '../world/lock.ts';
import type { World } from '../world/world.ts';
import { journalOf, lockOf, openProject } from './project.ts';

/** Work on a project outside of its stages, with the same lock, journal and context as theirs. */
export const withProject = async <Result>(
  { config, world, signal }: { config: Config; world: World; signal: AbortSignal },
  given: string,
  work: (context: StageContext) => Promise<Result>,
): Promise<Result> => {
  const { root, project } = openProject(given);
  const { settings, ruleFolders } = project;
  const lock = acquireLock(lockOf(root), `The project ${root}`);
  try {
    const loaded = loadRules({
      packageFolder: config.packageFolder,
      language: settings.language,
      ownFolders: ruleFolders,
    });
    const journal = openJournal(journalOf(root), world.now);
    const scratch = path.join(root, '.specwright', 'work', 'service');
    mkdirSync(scratch, { recursive: true });
    const workbench = createWorkbench({
      config,
      run: world.run,
      rules: loaded.rules.VENV_CONFIG,
      templateFolder: sharedTemplate(config),
      packages: sharedPackages(config),
      paddle: paddleOf(config, settings.framework),
      scratch,
    });
    try {
      const engine = engineContext('service', scratch, {
        root,
        settings,
        rules: loaded.rules,
        world,
        journal,
        signal,
        answerer: async () => null,
        onProgress: () => undefined,
      });
      return await work(stageContext(engine, { config, workbench, ruleFiles: loaded.files, agents: embeddedAgents }));
    } finally {
      await workbench.close();
      journal.close();
    }
  } finally {
    lock.release();
  }
};
