import type { Command } from 'commander';
import type { End } from '../end.ts';

/** What `npm start` runs; not listed, since it is for those who have just installed us. */
export const startCommand = (program: Command, end: End): void => {
  program
    .command('start', { hidden: true })
    .description('Runs the shipped sample from its brief to an answer of the served model.')
    .action(async () => {
      const { startSample } = await import('../run/start-sample.ts');
      end(await startSample());
    });
};
