import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import type { ServiceSpec } from '../../artifacts/service/service-spec.ts';
import { AppError } from '../../errors.ts';
import { type Argv, expectSuccess, type Run } from '../../world/processes.ts';
import { composeFile, escaped } from '../compose-file.ts';
import { composeCommand } from '../docker-facts.ts';
import { containerName, type DockerPlace, dockerTarget, isAt, onUnusedPort } from './docker-target.ts';
import { labelsOf } from './instance-argv.ts';
import { surroundingsOf } from './surroundings.ts';
import type { Instance, KeptRelease, Target } from './target.ts';

const quick = { limitSeconds: 60 };

/**
 * Containers that compose starts, of 1.29 or v2: each copy is a compose project of its own, whose file lies in a folder of its name
 * and can be used by hand. What compose started is found and looked after as any container is.
 */
export const composeTarget = (run: Run, folder: string, { owner, secrets, lifetime = null }: DockerPlace): Target => {
  const engine = dockerTarget(run, { owner, secrets, lifetime });
  const fileOf = (name: string) => path.join(folder, projectName(name), 'docker-compose.yml');
  const compose = async (name: string): Promise<Argv> => {
    const command = await composeCommand(run);
    if (!command) {
      throw new AppError('tool.missing', 'Docker Compose is not installed', {
        hint: 'Debian and Ubuntu: apt-get install docker-compose. Or deploy with --target docker.',
      });
    }
    const [program, ...rest] = command;
    return [program!, ...rest, '--project-name', projectName(name), '--file', fileOf(name)];
  };
  const up = async (name: string, env: Record<string, string>) =>
    run([...(await compose(name)), 'up', '--detach', '--no-build'], { limitSeconds: 180, env });
  return {
    ...engine,
    kind: 'compose',
    async start(release, place) {
      const name = containerName(release, place, owner);
      // Compose would make a copy anew where its surroundings have changed; one that is there is only started.
      if ((await engine.list()).some(isAt(release, place))) return engine.start(release, place);
      const env = surroundingsOf(release, secrets);
      for (const { source } of release.spec.volumes.filter(({ source }) => !source.includes('/')))
        expectSuccess(await run(['docker', 'volume', 'create', source], quick), `Making the volume ${source}`);
      return onUnusedPort(run, { name, version: release.version, ...place }, (instance) => {
        lifetime?.watchContainer(name);
        mkdirSync(path.dirname(fileOf(name)), { recursive: true });
        writeFileSync(fileOf(name), instanceFile(release, instance, { owner, passed: Object.keys(env) }));
        return up(name, env);
      });
    },
    async stop(instance, graceSeconds) {
      const killed = await engine.stop(instance, graceSeconds);
      await run([...(await compose(instance.name)), 'down'], { limitSeconds: 60 });
      rmSync(path.dirname(fileOf(instance.name)), { recursive: true, force: true });
      return killed;
    },
  };
};

const fixed = ({ settings }: ServiceSpec, name: string, passed: string[]): string | null =>
  passed.includes(name) || settings[name] === undefined ? null : escaped(settings[name]);

/** Small letters, digits, - and _: what both generations of compose take. */
const projectName = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9_-]/g, '_');

/**
 * The compose file of the spec, for one copy on its own port of loopback; kept volumes belong to all copies. What the
 * surroundings set (`passed`) is named and not written; every other setting is written as it is.
 */
export const instanceFile = (
  { spec, version, image }: KeptRelease,
  instance: Instance,
  { owner, passed }: { owner: string; passed: string[] },
): string => {
  const { build: _, ...built } = spec;
  const { services, volumes = {} } = composeFile({ ...built, version, image: image! }, { specFolder: '/' });
  const service = services[spec.name]!;
  const file = {
    services: {
      [spec.name]: {
        ...service,
        container_name: instance.name,
        labels: labelsOf(instance, owner),
        environment: {
          ...service.environment,
          ...Object.fromEntries(spec.environment.map((name) => [name, fixed(spec, name, passed)])),
          SLOT: instance.pool,
        },
        ports: [`127.0.0.1:${instance.port}:${spec.port}`],
        // A network of its own for each copy would use up the engine's addresses.
        network_mode: 'bridge',
      },
    },
    ...(Object.keys(volumes).length > 0 && {
      volumes: Object.fromEntries(Object.keys(volumes).map((name) => [name, { external: true, name }])),
    }),
  };
  return `# One copy of ${spec.name} ${version}, as specwright deploy started it.\n${stringify(file, { lineWidth: 0, aliasDuplicateObjects: false })}`;
};
