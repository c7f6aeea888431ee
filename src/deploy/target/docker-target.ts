import path from 'node:path';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { expectSuccess, type Run } from '../../world/processes.ts';
import { removeContainer, stopContainer } from '../docker-argv.ts';
import { unusedPort } from '../ports.ts';
import { instanceContainer, labels } from './instance-argv.ts';
import { type Surroundings, surroundingsOf } from './surroundings.ts';
import { type Instance, instanceName, type KeptRelease, pools, type Target } from './target.ts';

const row = z.object({
  State: z.object({
    Status: z.string(),
    Running: z.boolean(),
    OOMKilled: z.boolean().default(false),
    ExitCode: z.number().default(0),
  }),
  HostConfig: z.object({ Memory: z.number().default(0) }),
  RestartCount: z.number(),
  Config: z.object({ Labels: z.record(z.string(), z.string()) }),
});
const placeSchema = z.object({
  name: z.string(),
  version: z.string(),
  pool: z.enum(pools),
  index: z.coerce.number(),
  port: z.coerce.number(),
});

export type DockerPlace = { owner: string } & Pick<Surroundings, 'secrets' | 'lifetime'>;

const quick = { limitSeconds: 30 };
const portTries = 3;

/**
 * Containers on loopback ports. Their labels say what they are, so that they are found without any file; `owner` tells
 * the services of one folder from those of another that have the same name.
 */
export const dockerTarget = (run: Run, { owner, secrets, lifetime = null }: DockerPlace): Target => {
  const inspected = async (names: string[]) => {
    if (names.length === 0) return [];
    const result = await run(['docker', 'inspect', '--type', 'container', ...names], quick);
    return z.array(row).parse(JSON.parse(result.stdout || '[]'));
  };
  const list = async (): Promise<Instance[]> => {
    const found = await run(['docker', 'ps', '--all', '--quiet', '--filter', `label=${labels.owner}=${owner}`], quick);
    const rows = await inspected(expectSuccess(found, 'Listing the containers').stdout.split('\n').filter(Boolean));
    return rows.flatMap(({ Config }) => {
      const own = Object.entries(labels).map(([key, label]) => [key, Config.Labels[label]]);
      const parsed = placeSchema.safeParse(Object.fromEntries(own));
      return parsed.success ? parsed.data : [];
    });
  };
  const state: Target['state'] = async ({ name }) => {
    const [one] = await inspected([name]);
    return {
      status: one?.State.Running ? 'running' : 'down',
      starts: one ? one.RestartCount + 1 : 0,
      ended: one ? endOf(one) : null,
    };
  };
  return {
    kind: 'docker',
    list,
    state,
    async start(release, place) {
      const name = containerName(release, place, owner);
      const existing = (await list()).find(isAt(release, place));
      if (existing && (await state(existing)).starts > 0) {
        expectSuccess(await run(['docker', 'start', existing.name], quick), `Starting ${existing.name}`);
        return existing;
      }
      const env = surroundingsOf(release, secrets);
      return onUnusedPort(run, { name, version: release.version, ...place }, (instance) => {
        lifetime?.watchContainer(name);
        const argv = instanceContainer(release, instance, { owner, passed: Object.keys(env) });
        return run(argv, { limitSeconds: 120, env });
      });
    },
    async stop({ name }, graceSeconds) {
      const result = await run(stopContainer(name, Math.ceil(graceSeconds)), { limitSeconds: graceSeconds + 60 });
      const ended = await run(['docker', 'inspect', '--format', '{{.State.ExitCode}}', name], quick);
      await run(removeContainer(name), { limitSeconds: 60 });
      // 137: ended by SIGKILL, which is what follows a SIGTERM that was ignored.
      return ended.stdout.trim() === '137' && result.seconds >= Math.ceil(graceSeconds);
    },
    async logs({ name }, lines) {
      const result = await run(['docker', 'logs', '--tail', String(lines), name], quick);
      return `${result.stdout}${result.stderr}`.trimEnd();
    },
  };
};

type Place = Pick<Instance, 'pool' | 'index'>;

/** All folders share one engine: the same service from another folder, or of another person, is another container. */
export const containerName = ({ spec, version }: KeptRelease, place: Place, owner: string): string =>
  `${instanceName(spec.name, version, place)}-${owner.slice(0, 6)}`;

/** By what it is, not by its name: releases before this one were called otherwise. */
export const isAt =
  ({ version }: KeptRelease, { pool, index }: Place) =>
  (one: Instance): boolean =>
    one.version === version && one.pool === pool && one.index === index;

/** Tries again where somebody took the port in between. */
export const onUnusedPort = async (
  run: Run,
  place: Omit<Instance, 'port'>,
  start: (instance: Instance) => ReturnType<Run>,
): Promise<Instance> => {
  for (let tries = 1; ; tries++) {
    const instance: Instance = { ...place, port: await unusedPort() };
    const started = await start(instance);
    if (started.exitCode === 0) return instance;
    await run(removeContainer(place.name), quick);
    if (tries < portTries && /port is already allocated|address already in use/.test(started.stderr)) continue;
    throw containerRefused(place.name, started.stderr);
  }
};

/** The engine remembers a kill for memory also after it has started the container again. */
const endOf = ({ State, HostConfig }: z.infer<typeof row>): string | null => {
  if (State.OOMKilled)
    return `out of memory${HostConfig.Memory > 0 ? `, more than ${Math.round(HostConfig.Memory / 1e6)} MB` : ''}`;
  return State.Running || State.ExitCode === 0 ? null : `exit code ${State.ExitCode}`;
};

const containerRefused = (name: string, stderr: string): AppError =>
  new AppError(
    'tool.failed',
    `The container ${name} was not started: ${stderr.trim().split('\n').slice(-3).join(' ')}`,
    {
      hint: 'Check image, volumes and resources in the service spec.',
    },
  );

/** The image by its content: what a tag means later changes nothing for a kept release. Builds or pulls what is absent. */
export const resolveImage = async (
  run: Run,
  { name, version, image, build }: { name: string; version: string; image?: string; build?: ImageSource },
): Promise<string> => {
  const tag = image ?? `${name}:${version}`;
  const idOf = async () => {
    const found = await run(['docker', 'image', 'inspect', '--format', '{{.Id}}', tag], quick);
    return found.exitCode === 0 ? found.stdout.trim() : null;
  };
  const present = image || !build ? await idOf() : null;
  if (present) return present;
  if (build) {
    const file = path.resolve(build.context, build.dockerfile);
    const target = build.target ? (['--target', build.target] as const) : [];
    const built = await run(['docker', 'build', '--file', file, '--tag', tag, ...target, build.context], {
      limitSeconds: 1800,
    });
    expectSuccess(built, `Building ${tag}`);
  } else {
    const pulled = await run(['docker', 'pull', tag], { limitSeconds: 600 });
    if (pulled.exitCode !== 0) {
      throw new AppError('tool.failed', `The image ${tag} is neither here nor can it be pulled`, {
        hint: `docker says: ${pulled.stderr.trim().split('\n').at(-1)}. Correct \`image\` in the spec, or give \`build\`.`,
      });
    }
  }
  return (await idOf()) ?? tag;
};

type ImageSource = { context: string; dockerfile: string; target?: string | undefined };
