import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { endsWith, startDetached, stopDetached, supervisedAt } from '../detached.ts';
import { unusedPort } from '../ports.ts';
import { variablesOf } from '../service-argv.ts';
import { type Surroundings, surroundingsOf } from './surroundings.ts';
import { type Instance, instanceName, type KeptRelease, pools, type Target } from './target.ts';

const instanceSchema = z.object({
  name: z.string(),
  version: z.string(),
  pool: z.enum(pools),
  index: z.number(),
  port: z.number(),
});

/** Supervised processes; `folder` holds a state file and a log for each. */
export const processTarget = (folder: string, { environment, secrets, lifetime = null }: Surroundings): Target => {
  const stateFile = (name: string) => path.join(folder, `${name}.json`);
  const logFile = (name: string) => path.join(folder, `${name}.log`);
  const found = (file: string): Instance | null => {
    const state = supervisedAt(path.join(folder, file));
    const parsed = instanceSchema.safeParse(state);
    return parsed.success ? parsed.data : null;
  };
  return {
    kind: 'process',
    async start(release, place) {
      const name = instanceName(release.spec.name, release.version, place);
      const running = found(`${name}.json`);
      if (running && supervisedAt(stateFile(name))?.supervised) return running;
      mkdirSync(folder, { recursive: true });
      const instance: Instance = { name, version: release.version, ...place, port: await unusedPort() };
      const { logs, rollout, resources } = release.spec;
      await startDetached(
        {
          argv: argvOf(release, instance.port),
          cwd: release.spec.run!.folder,
          log: logFile(name),
          state: stateFile(name),
          graceSeconds: rollout.grace_seconds,
          rotate: { bytes: logs.max_size_mb * 1e6, files: logs.files },
          limits: { memoryMb: resources.memory_mb ?? null, cpus: resources.cpus ?? null },
          service: instance,
          ...endsWith(lifetime, stateFile(name)),
        },
        {
          ...environment,
          ...variablesOf(release.spec, { port: instance.port, slot: place.pool, version: release.version }),
          ...surroundingsOf(release, secrets),
        },
      );
      return instance;
    },
    list: async () =>
      existsSync(folder)
        ? readdirSync(folder)
            .filter((file) => file.endsWith('.json'))
            .flatMap((file) => found(file) ?? [])
        : [],
    async state({ name }) {
      const state = supervisedAt(stateFile(name));
      return {
        status: state?.pid ? 'running' : 'down',
        starts: state?.starts ?? 0,
        ended: state?.ended ?? null,
        ...(state && { limits: state.limits }),
      };
    },
    stop: ({ name }, graceSeconds) => stopDetached(stateFile(name), graceSeconds),
    logs: async ({ name }, lines) =>
      existsSync(logFile(name))
        ? readFileSync(logFile(name), 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
        : '',
  };
};

/** The program's own path is looked for in the service's folder, as a shell there would. */
const argvOf = ({ spec, version }: KeptRelease, port: number): string[] => {
  if (!spec.run) {
    throw new AppError('input.invalid', `${spec.name} ${version} cannot run as a process: its spec has no \`run\``, {
      hint: 'Add `run: {argv: […]}` to the spec, or deploy with --target docker.',
    });
  }
  const [program, ...rest] = spec.run.argv.map((one) => one.replaceAll('{port}', String(port)));
  return [program!, ...rest];
};
