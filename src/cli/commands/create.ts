import type { Command } from 'commander';
import type { End } from '../end.ts';
import { addRunOptions, type SharedFlags } from '../run/run-flags.ts';

export const createCommand = (program: Command, end: End): void => {
  const command = program
    .command('create')
    .summary('make a project from a brief and run it through the stages')
    .description(
      'Makes a project from a brief (the sentences themselves, or a file that holds them) and runs it through the stages.',
    )
    .argument('<brief>', 'what should be predicted and what must hold')
    .option('--out <folder>', "the project's folder; otherwise its name, here");
  addRunOptions(command).action(async (brief: string, flags: SharedFlags & { out?: string }) => {
    const [{ makeProject }, { runSession }, { surroundings }] = await Promise.all([
      import('../run/make-project.ts'),
      import('../run/run-session.ts'),
      import('../surroundings.ts'),
    ]);
    const around = surroundings();
    end(await runSession(around, await makeProject(around, brief, flags), flags));
  });
};
