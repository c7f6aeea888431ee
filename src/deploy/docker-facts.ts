import { z } from 'zod';
import type { Run } from '../world/processes.ts';

export type DockerFacts = {
  client: string | null;
  server: string | null;
  compose: { version: string; kind: 'v1' | 'v2' } | null;
  /** What is wrong, in one of five ways, and what to do next; null: usable. */
  problem: { kind: 'missing' | 'daemon' | 'permission' | 'too old' | 'unusable'; message: string; next: string } | null;
  gpu: boolean;
};

const minimumMajor = 20;

/** Asks docker and compose; at most 3 s where the daemon does not answer. Nothing is installed. */
export const dockerFacts = async (run: Run): Promise<DockerFacts> => {
  const version = await run(['docker', 'version', '--format', '{{json .}}'], { limitSeconds: 3 });
  if (version.ended === 'not found') {
    return none(
      'missing',
      'docker is not installed',
      'Debian and Ubuntu: apt-get install docker.io; macOS: Docker Desktop or colima. Or use --target process.',
    );
  }
  const parsed = versionSchema.safeParse(parseJson(version.stdout));
  const client = parsed.success ? (parsed.data.Client?.Version ?? null) : null;
  const server = parsed.success ? (parsed.data.Server?.Version ?? null) : null;
  if (server === null) {
    return /permission denied/i.test(version.stderr)
      ? none(
          'permission',
          'this user may not talk to the Docker daemon',
          'sudo usermod -aG docker "$USER", then log in again.',
          client,
        )
      : none(
          'daemon',
          'the Docker daemon does not answer',
          'Start it: sudo systemctl start docker (or Docker Desktop), then specwright resume.',
          client,
        );
  }
  if (Number(server.split('.')[0]) < minimumMajor) {
    return none('too old', `Docker ${server} is older than ${minimumMajor}`, 'Upgrade the engine.', client);
  }
  const [compose, info] = await Promise.all([
    composeVersion(run),
    run(['docker', 'info', '--format', '{{json .Runtimes}}'], { limitSeconds: 5 }),
  ]);
  return { client, server, compose, problem: null, gpu: /nvidia/.test(info.stdout) };
};

const versionSchema = z.object({
  Client: z.object({ Version: z.string() }).nullish(),
  Server: z.object({ Version: z.string() }).nullish(),
});

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null; // the client prints an error in place of JSON
  }
};

const none = (
  kind: NonNullable<DockerFacts['problem']>['kind'],
  message: string,
  next: string,
  client: string | null = null,
): DockerFacts => ({
  client,
  server: null,
  compose: null,
  problem: { kind, message, next },
  gpu: false,
});

/** How compose is called here, the plugin first; null: neither is installed. */
export const composeCommand = async (run: Run): Promise<string[] | null> => {
  const found = await composeVersion(run);
  if (!found) return null;
  return found.plugin ? ['docker', 'compose'] : ['docker-compose'];
};

const composeVersion = async (
  run: Run,
): Promise<(NonNullable<DockerFacts['compose']> & { plugin: boolean }) | null> => {
  const second = await run(['docker', 'compose', 'version', '--short'], { limitSeconds: 5 });
  if (second.exitCode === 0 && /^v?2|^v?[3-9]/.test(second.stdout.trim()))
    return { version: second.stdout.trim(), kind: 'v2', plugin: true };
  const first = await run(['docker-compose', 'version', '--short'], { limitSeconds: 10 });
  return first.exitCode === 0
    ? { version: first.stdout.trim(), kind: first.stdout.trim().startsWith('1') ? 'v1' : 'v2', plugin: false }
    : null;
};
