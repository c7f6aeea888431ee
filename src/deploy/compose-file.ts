import path from 'node:path';
import { stringify } from 'yaml';
import type { ServiceSpec } from '../artifacts/service/service-spec.ts';

/** Seconds beside drain and grace, so that the engine never cuts a request that the service would still answer. */
const spareSeconds = 5;

export type ComposeFile = {
  services: Record<string, { environment: Record<string, string | null>; [key: string]: unknown }>;
  volumes?: Record<string, null>;
};

type Place = {
  /** Where the spec lies, seen from the compose file: both name paths. */
  specFolder: string;
};

/** docker-compose.yml, with how it is used; `file` as a person in the project's folder names it. */
export const composeText = (spec: ServiceSpec, { file, ...place }: Place & { file: string }): string =>
  `# Written from service.yaml; for compose 1.29 and v2.
# docker-compose -f ${file} up ${spec.build ? '--build ' : ''}--detach
# Any number of versions stand side by side; the port that this one was given:
# docker-compose -f ${file} port ${spec.name} ${spec.port}
${stringify(composeFile(spec, place), { lineWidth: 0, aliasDuplicateObjects: false })}`;

/**
 * docker-compose.yml as data, for 1.29 and v2: no name of a container and no port of the host, so that any number of
 * versions stand side by side.
 */
export const composeFile = (spec: ServiceSpec, { specFolder }: Place): ComposeFile => {
  const { rollout, resources, logs, volumes } = spec;
  const named = volumes.map(({ source }) => source).filter((source) => !source.includes('/'));
  return {
    services: {
      [spec.name]: {
        image: spec.image ?? `${spec.name}:${spec.version}`,
        ...(spec.build && { build: { ...spec.build, context: path.posix.join(specFolder, spec.build.context) } }),
        environment: {
          PORT: String(spec.port),
          SLOT: `\${SLOT:-main}`,
          MODEL_VERSION: spec.version,
          ...Object.fromEntries(Object.entries(spec.settings).map(([name, value]) => [name, escaped(value)])),
          // Of the surroundings or of a file .env where these set them, else as the settings say.
          ...Object.fromEntries(spec.environment.map((name) => [name, passedOn(spec, name)])),
          // Read when it starts, written nowhere; a missing one stops it and is named.
          ...Object.fromEntries(spec.secrets.map((name) => [name, `\${${name}:?${name} is not set}`])),
        },
        ports: [String(spec.port)],
        ...(volumes.length > 0 && {
          volumes: volumes.map(
            ({ source, mount, read_only }) => `${folderOf(source, specFolder)}:${mount}${read_only ? ':ro' : ''}`,
          ),
        }),
        restart: 'unless-stopped',
        stop_grace_period: `${Math.ceil(rollout.drain_seconds + rollout.grace_seconds) + spareSeconds}s`,
        ...(spec.read_only_root && { read_only: true }),
        tmpfs: ['/tmp'],
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        ...(resources.memory_mb !== undefined && {
          mem_limit: `${Math.ceil(resources.memory_mb * 1e6)}b`,
          memswap_limit: `${Math.ceil(resources.memory_mb * 1e6)}b`,
        }),
        ...(resources.cpus !== undefined && { cpus: resources.cpus }),
        ...(resources.gpus > 0 && { deploy: gpus(resources.gpus) }),
        logging: {
          driver: 'json-file',
          options: { 'max-size': `${logs.max_size_mb}m`, 'max-file': String(logs.files) },
        },
      },
    },
    ...(named.length > 0 && { volumes: Object.fromEntries(named.map((name) => [name, null])) }),
  };
};

/** Compose reads a single $ as the beginning of a variable. */
export const escaped = (value: string): string => value.replaceAll('$', '$$$$');

/**
 * A value that compose fills in; null: the variable is not set where nobody sets it. Compose 1.29 does not read `$$`
 * within a default, so that a setting with that sign is written as it is, and nothing passed on.
 */
const passedOn = ({ settings }: ServiceSpec, name: string): string | null => {
  const value = settings[name];
  if (value === undefined) return null;
  return value.includes('$') ? escaped(value) : `\${${name}:-${value}}`;
};

/** Compose takes a word without a slash for a volume, and a folder must begin with a dot or a slash. */
const folderOf = (source: string, specFolder: string): string => {
  if (!source.includes('/') || source.startsWith('/')) return source;
  const folder = path.posix.join(specFolder, source);
  return folder.startsWith('.') ? folder : `./${folder}`;
};

const gpus = (count: number): object => ({
  resources: { reservations: { devices: [{ driver: 'nvidia', count, capabilities: ['gpu'] }] } },
});
