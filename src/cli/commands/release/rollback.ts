import type { Command } from 'commander';
import type { End } from '../../end.ts';
import { type Chosen, loaded } from './shared-options.ts';

type Flags = Chosen & { project?: string };

export const rollbackCommand = (program: Command, end: End): void => {
  program
    .command('rollback')
    .summary('back to the version before, or a kept one')
    .description('Returns to the version before, or to a kept one; at once where it is still warm.')
    .argument('[version]', 'a kept version (default: the one before)')
    .option('--project <folder>', 'folder of the project (default: here)')
    .option('--spec <file>', 'service.yaml of any service, in place of a project')
    .option('--json', 'end with one JSON object on stdout')
    .action(async (version: string | undefined, flags: Flags) => {
      const { console, interruptible, surroundings, findService, printProgress, endState } = await loaded(flags);
      const { rollBack } = await import('../../../operations/release/steer.ts');
      const home = findService({ project: flags.project, spec: flags.spec });
      const began = performance.now();
      const tell = printProgress(console);
      const result = await interruptible(
        () => console.print('stopping; traffic stays as it is'),
        (signal) =>
          rollBack(surroundings, home, { version, signal, tell: (progress) => tell(home.spec.name, progress) }),
      );
      const seconds = (performance.now() - began) / 1000;
      if (result.note && result.by === 'the running one') console.print(result.note);
      console.print(`${result.service}: ${endState(result.state)} (${seconds.toFixed(1)} s)`);
      const { state } = result;
      const wrong = version !== undefined && state.state === 'idle' && state.live?.version !== version;
      if (flags.json) console.json({ verdict: wrong ? 'rolled back' : 'done', seconds, ...result });
      end(wrong ? 3 : 0);
    });
};
