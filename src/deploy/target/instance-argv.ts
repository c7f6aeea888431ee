import type { Argv } from '../../world/processes.ts';
import { variablesOf } from './process-target.ts';
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
  const { spec } = release;
  const variables = variablesOf(release, instance.pool, spec.port);
  const { cpus, memory_mb, gpus } = spec.resources;
  const facts = { ...instance, owner };
  const label = (Object.keys(labels) as (keyof typeof labels)[]).map((key) => `${labels[key]}=${facts[key]}`);
  return [
    'docker', 'run', '--detach', '--name', instance.name, '--restart', 'unless-stopped',
    '--publish', `127.0.0.1:${instance.port}:${spec.port}`,
    ...label.flatMap((one) => ['--label', one]),
    ...Object.entries(variables).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...spec.secrets.flatMap((name) => ['--env', name]),
    '--log-opt', `max-size=${Math.max(1, Math.round(spec.logs.max_size_mb))}m`, '--log-opt', `max-file=${spec.logs.files}`,
    '--stop-timeout', String(Math.ceil(spec.rollout.grace_seconds)),
    ...(cpus ? ['--cpus', String(cpus)] : []), ...(memory_mb ? ['--memory', `${memory_mb}m`] : []),
    ...(gpus > 0 ? ['--gpus', String(gpus)] : []),
    ...(spec.read_only_root ? ['--read-only', '--tmpfs', '/tmp'] : []),
    ...spec.volumes.flatMap(({ source, mount, read_only }) => ['--volume', `${source}:${mount}${read_only ? ':ro' : ''}`]),
    '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', release.image!,
  ]; // biome-ignore format: an argv reads in pairs
};
