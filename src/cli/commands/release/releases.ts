import type { Command } from 'commander';
import { type Chosen, forService, loaded } from './shared-options.ts';

export const releasesCommand = (program: Command): void => {
  forService(
    program
      .command('releases')
      .summary('what serves, what is kept, where a rollout stands')
      .description('Shows which version serves, which are kept, what runs, and where a rollout stands.'),
  ).action(async (project: string | undefined, chosen: Chosen) => {
    const { console, surroundings, findService, describeState } = await loaded(chosen);
    const { listReleases } = await import('../../../operations/release/steer.ts');
    const list = await listReleases(surroundings, findService({ project, spec: chosen.spec }));
    console.print(`${list.service}: ${describeState(list.state)}${list.url ? `  ${list.url}` : ''}`);
    if (list.state.state !== 'idle' && !list.worked_on)
      console.print('nobody works on it: specwright deploy --resume, or specwright abort');
    for (const { version, live, served_since } of list.releases)
      console.print(
        `${live ? '*' : ' '} ${version}${served_since ? `  served since ${served_since}` : '  never served'}`,
      );
    for (const { name, port, status, starts, ended, limits } of list.instances) {
      const held = [limits?.memory && `memory: ${limits.memory}`, limits?.cpus && `cpus: ${limits.cpus}`].filter(
        Boolean,
      );
      const again = starts > 1 ? `, started ${starts} times` : '';
      const limited = held.length > 0 ? `, limits of ${held.join(', ')}` : '';
      console.print(`  ${name}  ${status} on ${port}${again}${ended ? `, ended by itself: ${ended}` : ''}${limited}`);
    }
    if (chosen.json) console.json(list);
  });
};
