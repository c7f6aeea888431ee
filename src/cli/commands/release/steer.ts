import type { Command } from 'commander';
import type { End } from '../../end.ts';
import { type Chosen, forService, loaded } from './shared-options.ts';

const verbs = {
  promote: [
    'all traffic to the new version now',
    'Gives the new version all traffic; the old one stays warm as long as the spec says.',
  ],
  pause: ['hold a canary at its share', 'Holds a canary at its share until `deploy --resume`, `promote` or `abort`.'],
  abort: [
    'end a rollout, back to the old version',
    'Ends the rollout that is in progress: traffic returns to the old version at once.',
  ],
} as const;

const steerCommand =
  (event: keyof typeof verbs) =>
  (program: Command, end: End): void => {
    const [summary, description] = verbs[event];
    forService(program.command(event).summary(summary).description(description)).action(
      async (project: string | undefined, chosen: Chosen) => {
        const { console, interruptible, surroundings, findService, printProgress, endState, exitOf } =
          await loaded(chosen);
        const { steer } = await import('../../../operations/release/steer.ts');
        const home = findService({ project, spec: chosen.spec });
        const tell = printProgress(console);
        const result = await interruptible(
          () => console.print('stopping; traffic stays as it is'),
          (signal) => steer(surroundings, home, { event, signal, tell: (progress) => tell(home.spec.name, progress) }),
        );
        if (result.note && result.by === 'the running one') console.print(result.note);
        console.print(`${result.service}: ${endState(result.state)}`);
        if (chosen.json) console.json({ verdict: 'done', ...result });
        end(event === 'promote' && result.by === 'this command' ? exitOf(result.state) : 0);
      },
    );
  };

export const promoteCommand = steerCommand('promote');
export const pauseCommand = steerCommand('pause');
export const abortCommand = steerCommand('abort');
