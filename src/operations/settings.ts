import path from 'node:path';
import { readAgentChoices } from '../agents/model/choice.ts';
import type { Device, Framework, Language, RunSettings, Target } from '../pipeline/context.ts';
import { acquireLock } from '../world/lock.ts';
import { describeData } from './create.ts';
import { lockOf, openProject, saveProject } from './project.ts';

export type SettingChanges = {
  data?: string | undefined;
  language?: Language | undefined;
  target?: Target | undefined;
  device?: Device | undefined;
  budgetMinutes?: number | undefined;
  framework?: Framework | undefined;
  agents?: string[] | undefined;
  agentBudget?: RunSettings['agentBudget'] | undefined;
};

/** Keeps with the project what was asked differently this time, so that the next `resume` needs no flags either. */
export const changeSettings = async (given: string, changes: SettingChanges, cwd: string): Promise<void> => {
  const { data, ...rest } = changes;
  readAgentChoices(changes.agents ?? []);
  const asked = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  if (data === undefined && Object.keys(asked).length === 0) return;
  const { root, project } = openProject(given);
  const described = data === undefined ? {} : { data: await describeData(path.resolve(cwd, data)) };
  const lock = acquireLock(lockOf(root), `The project ${root}`);
  try {
    await saveProject(root, { ...project, settings: { ...project.settings, ...asked, ...described } });
  } finally {
    lock.release();
  }
};
