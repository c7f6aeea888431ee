import type { Command } from 'commander';
import type { End } from '../end.ts';
import { addRunOptions, type SharedFlags } from '../run/run-flags.ts';

export const resumeCommand = (program: Command, end: End): void => {
  const command = program
    .command('resume')
    .summary('go on where a project stands')
    .description('Goes on where a project stands. What is up to date is not run again.')
    .argument('<project>', 'folder of the project');
  addRunOptions(command).action(async (project: string, flags: SharedFlags) => {
    const [{ changeSettings }, { runSession }, { surroundings }] = await Promise.all([
      import('../../operations/settings.ts'),
      import('../run/run-session.ts'),
      import('../surroundings.ts'),
    ]);
    const {
      data,
      lang: language,
      target,
      device,
      budget: budgetMinutes,
      framework,
      agent: agents,
      agentBudget,
    } = flags;
    await changeSettings(
      project,
      { data, language, target, device, budgetMinutes, framework, agents, agentBudget },
      process.cwd(),
    );
    end(await runSession(surroundings(), project, flags));
  });
};
