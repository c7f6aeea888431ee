import { type Command, InvalidArgumentError } from 'commander';

export const logsCommand = (program: Command): void => {
  program
    .command('logs')
    .summary('what the service wrote')
    .description('Prints what the service of a project wrote.')
    .argument('<project>', 'folder of the project')
    .option('--lines <count>', 'how many of the last lines', count, 100)
    .action(async (project: string, { lines }: { lines: number }) => {
      const [{ readLog }, { surroundings }] = await Promise.all([
        import('../../operations/service.ts'),
        import('../surroundings.ts'),
      ]);
      const text = await readLog(surroundings().world, project, lines);
      if (text) process.stdout.write(`${text}\n`);
    });
};

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Give a number of lines from 1.');
  return value;
};
