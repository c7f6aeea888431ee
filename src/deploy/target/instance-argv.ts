import type { Argv } from '../../world/processes.ts';
import { containerOptions } from '../docker-argv.ts';
import type { Instance, KeptRelease } from './target.ts';

/** What a container tells about itself. */
export const labels = {
  owner: 'specwright.owner',
  name: 'specwright.instance',
  version: 'specwright.version',
  pool: 'specwright.pool',
  index: 'specwright.index',
  port: 'specwright.port',
} as const;

/** The container of one copy: comes up again by itself, reachable on loopback only, with limits and bounded logs. */
export const instanceContainer = (release: KeptRelease, instance: Instance, owner: string): Argv => {
  const { spec, version } = release;
  const facts = { ...instance, owner };
  const label = (Object.keys(labels) as (keyof typeof labels)[]).map((key) => `${labels[key]}=${facts[key]}`);
  return [
    'docker', 'run', '--detach', '--name', instance.name, '--restart', 'unless-stopped',
    '--publish', `127.0.0.1:${instance.port}:${spec.port}`,
    ...label.flatMap((one) => ['--label', one]),
    ...containerOptions(spec, { port: spec.port, slot: instance.pool, version }), release.image!,
  ]; // biome-ignore format: an argv reads in pairs
};
