import type { ServiceSpec } from '../artifacts/service/service-spec.ts';
import type { Argv } from '../world/processes.ts';
import { variablesOf } from './service-argv.ts';

export type ImageBuild = { context: string; dockerfile: string; tag: string; labels: Record<string, string> };

export const buildImage = (build: ImageBuild): Argv => [
  'docker', 'build', '--file', build.dockerfile, '--tag', build.tag,
  ...Object.entries(build.labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
  build.context,
]; // biome-ignore format: an argv reads in pairs

/** Runs a command in the image and removes the container; named, so that it can be killed when the client is. */
export const runInImage = (image: string, name: string, command: string[], gpu = false): Argv => [
  'docker', 'run', '--rm', '--name', name, '--network', 'none', '--read-only', '--tmpfs', '/tmp',
  ...(gpu ? ['--gpus', 'all'] : []), image, ...command,
]; // biome-ignore format: an argv reads in pairs

/** The smallest container that shows that the engine runs one. */
export const greeting = (image: string, gpu: boolean): Argv => [
  'docker', 'run', '--rm', ...(gpu ? ['--gpus', 'all'] : []), image, 'python3', '-c', 'print("container runs")',
]; // biome-ignore format: an argv reads in pairs

export type ContainerService = { spec: ServiceSpec; image: string; name: string; hostPort: number };

/** The service as a container that comes up again by itself, reachable on loopback only. */
export const runService = ({ spec, image, name, hostPort }: ContainerService): Argv => [
  'docker', 'run', '--detach', '--name', name, '--restart', 'unless-stopped',
  '--publish', `127.0.0.1:${hostPort}:${spec.port}`, '--label', 'specwright.service=true',
  ...containerOptions(spec, { port: spec.port, slot: 'main', version: spec.version }), image,
]; // biome-ignore format: an argv reads in pairs

/**
 * Variables, logs, limits, volumes and privileges of a container, as its spec has them. `passed` are the names whose
 * values the engine's client takes from its own environment.
 */
export const containerOptions = (
  spec: ServiceSpec,
  place: { port: number; slot: string; version: string },
  passed: string[] = spec.secrets,
): string[] => {
  const { cpus, memory_mb, gpus } = spec.resources;
  const memory = memory_mb === undefined ? null : `${Math.ceil(memory_mb * 1e6)}b`;
  return [
    ...Object.entries(variablesOf(spec, place)).flatMap(([name, value]) =>
      passed.includes(name) ? [] : ['--env', `${name}=${value}`],
    ),
    ...passed.flatMap((name) => ['--env', name]),
    '--log-opt', `max-size=${Math.max(1, Math.round(spec.logs.max_size_mb))}m`, '--log-opt', `max-file=${spec.logs.files}`,
    '--stop-timeout', String(Math.ceil(spec.rollout.grace_seconds)),
    ...(cpus ? ['--cpus', String(cpus)] : []),
    // Without a limit of its own, swap would come on top of it.
    ...(memory ? ['--memory', memory, '--memory-swap', memory] : []),
    ...(gpus > 0 ? ['--gpus', String(gpus)] : []),
    ...(spec.read_only_root ? ['--read-only', '--tmpfs', '/tmp'] : []),
    ...spec.volumes.flatMap(({ source, mount, read_only }) => ['--volume', `${source}:${mount}${read_only ? ':ro' : ''}`]),
    '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges',
  ]; // biome-ignore format: an argv reads in pairs
};

export const removeContainer = (name: string): Argv => ['docker', 'rm', '--force', name];
export const stopContainer = (name: string, seconds: number): Argv => [
  'docker',
  'stop',
  '--time',
  String(seconds),
  name,
];
export const containerLogs = (name: string, lines: number): Argv => ['docker', 'logs', '--tail', String(lines), name];
export const inspect = (what: string): Argv => ['docker', 'inspect', what];
export const history = (image: string): Argv => ['docker', 'history', '--no-trunc', '--format', '{{json .}}', image];
