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

export const labelsOf = (instance: Instance, owner: string): Record<string, string> => {
  const facts = { ...instance, owner };
  const keys = Object.keys(labels) as (keyof typeof labels)[];
  return Object.fromEntries(keys.map((key) => [labels[key], String(facts[key])]));
};

/** The container of one copy: comes up again by itself, reachable on loopback only, with limits and bounded logs. */
export const instanceContainer = (
  release: KeptRelease,
  instance: Instance,
  { owner, passed }: { owner: string; passed: string[] },
): Argv => {
  const { spec, version } = release;
  return [
    'docker', 'run', '--detach', '--name', instance.name, '--restart', 'unless-stopped',
    '--publish', `127.0.0.1:${instance.port}:${spec.port}`,
    ...Object.entries(labelsOf(instance, owner)).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
    ...containerOptions(spec, { port: spec.port, slot: instance.pool, version }, passed), release.image!,
  ]; // biome-ignore format: an argv reads in pairs
};
