import type { Argv } from '../world/processes.ts';

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

export type ContainerService = {
  image: string;
  name: string;
  hostPort: number;
  containerPort: number;
  slot: string;
  latencyEdgesMs: number[];
  logs: { max_size_mb: number; files: number };
  stopSeconds: number;
  gpu: boolean;
  /** A named volume that outlives the container, and where the service finds it. */
  keeps: { volume: string; folder: string } | null;
};

/** The service as a container that comes up again by itself, reachable on loopback only. */
export const runService = (service: ContainerService): Argv => [
  'docker', 'run', '--detach', '--name', service.name, '--restart', 'unless-stopped',
  '--publish', `127.0.0.1:${service.hostPort}:${service.containerPort}`, '--env', `SLOT=${service.slot}`,
  '--env', `LATENCY_EDGES_MS=${service.latencyEdgesMs.join(',')}`,
  '--log-opt', `max-size=${service.logs.max_size_mb}m`, '--log-opt', `max-file=${service.logs.files}`,
  ...(service.keeps ? ['--volume', `${service.keeps.volume}:${service.keeps.folder}`] : []),
  '--stop-timeout', String(service.stopSeconds), '--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL',
  '--security-opt', 'no-new-privileges', '--label', 'specwright.service=true', ...(service.gpu ? ['--gpus', 'all'] : []), service.image,
]; // biome-ignore format: an argv reads in pairs

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
