import { type Command, Option } from 'commander';
import { AppError } from '../../../errors.ts';
import { type Target, targets } from '../../../pipeline/context.ts';
import type { End } from '../../end.ts';
import { loaded } from './shared-options.ts';

type Flags = {
  spec?: string[];
  target?: Target | 'compose';
  router?: 'haproxy' | 'builtin';
  release?: string;
  strategy?: 'blue-green' | 'canary';
  resume?: boolean;
  json?: boolean;
};

export const deployCommand = (program: Command, end: End): void => {
  declare(program, 'deploy')
    .summary('bring a version into production, old one warm')
    .description(
      'Starts a version beside the one that serves, checks it, and gives it the traffic without losing a request.',
    )
    .addOption(
      new Option('--strategy <strategy>', 'how it gets the traffic (default: as the spec says)').choices([
        'blue-green',
        'canary',
      ]),
    )
    .option('--resume', 'go on with a rollout that was interrupted or paused')
    .action((project: string | undefined, flags: Flags) => run(project, flags, end));
};

export const canaryCommand = (program: Command, end: End): void => {
  declare(program, 'canary')
    .summary('the same in judged steps: 5, 25, 100 %')
    .description('Deploys a version in steps; after each it is judged against the version that serves.')
    .action((project: string | undefined, flags: Flags) => run(project, { ...flags, strategy: 'canary' }, end));
};

const declare = (program: Command, name: string): Command =>
  program
    .command(name)
    .argument('[project]', 'folder of the project (default: here)')
    .option('--spec <files...>', 'service.yaml of any service; several are deployed all or nothing')
    .addOption(new Option('--target <target>', 'where versions run').choices([...targets, 'compose']))
    .addOption(new Option('--router <router>', 'what sends requests to versions').choices(['haproxy', 'builtin']))
    .addOption(
      new Option('--version <version>', 'name of the version, or a kept one')
        .argParser(String)
        .default(undefined)
        .conflicts('resume'),
    )
    .option('--json', 'end with one JSON object on stdout');

const run = async (project: string | undefined, flags: Flags & { version?: string }, end: End): Promise<void> => {
  const { target } = flags;
  if (target === 'kubernetes') {
    throw new AppError('usage', 'A cluster is not reached from here; its own controllers roll versions out there', {
      hint: 'Write its objects with `specwright manifests --out FOLDER`, then kubectl apply --filename FOLDER/kubernetes.',
    });
  }
  const { console, interruptible, surroundings, findService, printProgress, endState, exitOf, nextSteps } =
    await loaded({
      ...(flags.json ? { json: true } : {}),
    });
  const [{ deploy }, { steer }] = await Promise.all([
    import('../../../operations/release/deploy.ts'),
    import('../../../operations/release/steer.ts'),
  ]);
  const homes = flags.spec ? flags.spec.map((spec) => findService({ spec })) : [findService({ project })];
  const where = flags.spec ? ` --spec ${flags.spec.join(' ')}` : project ? ` ${project}` : '';
  const tell = printProgress(console, homes.length > 1);
  const results = await interruptible(
    () => console.print('stopping; traffic stays as it is'),
    async (signal) =>
      flags.resume
        ? Promise.all(
            homes.map((home) =>
              steer(surroundings, home, {
                event: 'resume',
                signal,
                tell: (progress) => tell(home.spec.name, progress),
              }),
            ),
          )
        : deploy(surroundings, homes, { ...flags, target, signal, tell }),
  );
  for (const { service, url, state } of results) {
    console.print(`${service}: ${endState(state)}`);
    if (state.state === 'idle' && state.live) console.print(url);
    for (const line of nextSteps(state, where)) console.print(line);
  }
  if (flags.json) console.json({ verdict: verdictOf(results.map(({ state }) => exitOf(state))), services: results });
  end(Math.max(...results.map(({ state }) => exitOf(state))));
};

const verdictOf = (exits: number[]): string =>
  exits.every((exit) => exit === 0)
    ? 'live'
    : exits.includes(3)
      ? 'rolled back'
      : exits.includes(10)
        ? 'paused'
        : 'interrupted';
