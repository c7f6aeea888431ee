import type { Command } from 'commander';
import type { End } from '../end.ts';

export const replayCommand = (program: Command, end: End): void => {
  program
    .command('replay')
    .summary('run a project again with what its models said, reaching none')
    .description(
      'Makes a new project with the brief, data, answers and recorded calls of another, and runs it: models answer from the records.',
    )
    .argument('<project>', 'folder of the recorded project')
    .requiredOption('--out <folder>', 'folder of the new project')
    .option('--strict', 'refuse a recorded answer where what is asked now differs in a byte')
    .option('--until <stage>', 'stop after this stage, such as 2.4')
    .option('--json', 'print the result as one JSON object, in the last line of standard output')
    .action(async (project: string, flags: { out: string; strict?: boolean; until?: string; json?: boolean }) => {
      const [{ prepareReplay, replayedCalls }, { runSession }, { surroundings }] = await Promise.all([
        import('../../operations/agents/replay.ts'),
        import('../run/run-session.ts'),
        import('../surroundings.ts'),
      ]);
      const around = surroundings();
      const { root, answers } = await prepareReplay(around.config, project, {
        out: flags.out,
        cwd: process.cwd(),
        now: around.world.now,
      });
      const code = await runSession(around, root, {
        until: flags.until,
        json: flags.json,
        given: answers,
        replay: flags.strict ? 'strict' : 'near',
      });
      const { replayed, differing, failed } = replayedCalls(root);
      process.stderr.write(
        `${replayed} calls of models from the records, ${differing} of them asked in other words, ${failed} failed\n`,
      );
      end(code);
    });
};
