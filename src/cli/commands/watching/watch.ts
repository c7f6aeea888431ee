import type { Command } from 'commander';
import type { Look } from '../../../operations/watching/watch-service.ts';
import type { End } from '../../end.ts';
import { type Chosen, forRunningService, loaded, positive } from './shared-options.ts';

type Asked = Chosen & { seconds: number; every: number };

export const watchCommand = (program: Command, end: End): void => {
  forRunningService(
    program
      .command('watch')
      .summary('health, latency and errors against the SLA rows, without Prometheus')
      .description(
        'Watches health checks and /metrics of a running service; ends with 3 when a requirement is breached, naming it.',
      ),
  )
    .option('--seconds <number>', 'how long', positive, 60)
    .option('--every <number>', 'seconds between two looks', positive, 5)
    .action(async (project: string | undefined, asked: Asked) => {
      const [{ console, interruptible, world, config }, { watchService }, { oneLine }, { rounded }] = await Promise.all(
        [
          loaded(asked),
          import('../../../operations/watching/watch-service.ts'),
          import('../../show/console.ts'),
          import('../../show/print-sla-rows.ts'),
        ],
      );
      const { spec, url, seconds, every } = asked;
      let last: Look | null = null;
      const breaches = await interruptible(
        () => undefined,
        (signal) =>
          watchService(
            { config, world },
            { project, spec, url },
            { seconds, every },
            {
              signal,
              tell: (look) => {
                const { healthy, requests, rows } = look;
                last = look;
                const figures = rows
                  .filter(({ measured }) => measured !== null)
                  .map(({ subject, measured, unit }) => `${subject} ${rounded(measured!)}${unit ? ` ${unit}` : ''}`);
                const state = healthy ? console.tone('good', 'healthy') : console.tone('bad', 'no health');
                console.print(`${state}  ${requests} requests in the window  ${figures.join('  ')}`);
              },
            },
          ),
      );
      for (const { requirement, what, words } of breaches)
        console.print(console.tone('bad', oneLine(`${requirement}  ${what}  (${words})`)));
      if (breaches.length === 0) console.print(quiet(last));
      if (asked.json) console.json({ breached: breaches.length > 0, breaches });
      if (breaches.length > 0) end(3);
    });
};

/** Nothing is breached; what could not be told, for want of requests, is said. */
const quiet = (look: Look | null): string => {
  const silent = look?.rows.filter(({ verdict }) => verdict === 'not measured').map(({ requirement }) => requirement);
  if (!look || !silent || silent.length === 0) return 'nothing is breached';
  const names = [...new Set(silent)].join(', ');
  return `nothing is breached; nothing is said of ${names}: ${look.requests} requests in the window, ${look.fewest_requests} are needed`;
};
