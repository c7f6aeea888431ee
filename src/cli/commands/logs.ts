import path from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';

export const logsCommand = (program: Command): void => {
  program
    .command('logs')
    .summary('what the service wrote')
    .description('Prints what the service of a project wrote.')
    .argument('<project>', 'folder of the project')
    .option('--lines <count>', 'how many of the last lines', count, 100)
    .action(async (project: string, { lines }: { lines: number }) => {
      const [{ readLog }, { releasedLog }, { surroundings }] = await Promise.all([
        import('../../operations/service.ts'),
        import('../../operations/release/released.ts'),
        import('../surroundings.ts'),
      ]);
      const around = surroundings();
      const text =
        (await releasedLog(around, path.resolve(project), lines)) ?? (await readLog(around.world, project, lines));
      if (text) process.stdout.write(`${text}\n`);
    });
};

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Give a number of lines from 1.');
  return value;
};
