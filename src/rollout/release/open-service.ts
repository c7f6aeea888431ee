import { existsSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { nearest } from '../../artifacts/nearest.ts';
import { type ServiceSpec, serviceSpecSchema } from '../../artifacts/service/service-spec.ts';
import type { Config } from '../../config.ts';
import { openRouter } from '../../deploy/router/open-router.ts';
import { composeTarget } from '../../deploy/target/compose-target.ts';
import { dockerTarget } from '../../deploy/target/docker-target.ts';
import { processTarget } from '../../deploy/target/process-target.ts';
import type { Surroundings as Around } from '../../deploy/target/surroundings.ts';
import { type Target, type TargetKind, targetKinds } from '../../deploy/target/target.ts';
import { AppError, messageOf } from '../../errors.ts';
import { readJson, readText, sha256, writeAtomically } from '../../world/files.ts';
import type { World } from '../../world/world.ts';
import type { RolloutService } from './service.ts';
import type { ServiceFolders } from './store.ts';

/** A service by its spec: of a project of ours, or any other. */
export type ServiceHome = {
  spec: ServiceSpec;
  file: string;
  folders: ServiceFolders;
  /** Where it runs on this machine. */
  target: TargetKind;
  /** How a person names it on the command line, for words about what to do next. */
  flags?: string;
  /** It is meant for a cluster: its own controllers roll it out there. */
  forCluster?: boolean;
};
export type RouterKind = 'haproxy' | 'builtin';

export type Surroundings = { config: Config; world: World };

const homeFile = z.strictObject({ target: z.enum(targetKinds) });

const chosenFile = ({ state }: ServiceFolders) => path.join(state, 'target.json');

/** Where it runs already; null: it was never deployed from here. */
export const chosenTarget = (folders: ServiceFolders): TargetKind | null =>
  existsSync(chosenFile(folders)) ? homeFile.parse(readJson(chosenFile(folders))).target : null;

export const readSpec = (file: string): ServiceSpec => {
  if (!existsSync(file)) {
    throw new AppError('input.invalid', `There is no service spec ${file}`, {
      hint: 'Give the path of a service.yaml with --spec, or the folder of a project.',
    });
  }
  let value: unknown;
  try {
    value = parse(readText(file));
  } catch (error) {
    throw new AppError('artifact.invalid', `${file} is not YAML: ${messageOf(error)}`, { hint: 'Correct that line.' });
  }
  const parsed = serviceSpecSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const meant = misspelt(parsed.error);
  throw new AppError('artifact.invalid', `${file} is no service spec:\n${z.prettifyError(parsed.error)}`, {
    hint: `${meant}Correct the lines above; name, port and either run or image suffice, and docs/service-spec.md has every field.`,
  });
};

/** What an unknown field of the whole spec is probably meant to be. */
const misspelt = ({ issues }: z.ZodError): string => {
  const known = Object.keys(serviceSpecSchema.shape);
  const unknown = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [],
  );
  const meant = unknown.flatMap((key) => {
    const found = nearest(key, known);
    return found ? [`${key} → ${found}`] : [];
  });
  return meant.length > 0 ? `Perhaps ${meant.join(', ')}. ` : '';
};

/** `stays`: what is started outlives the program. Otherwise it ends with it, however that ends. */
type OpenOptions = { target?: TargetKind | undefined; router?: RouterKind | null | undefined; stays?: boolean };

/** The service with its target and router; a target that was chosen once is kept until it is taken down. */
export const openService = async (
  { config, world }: Surroundings,
  home: ServiceHome,
  { target = home.target, router = null, stays = true }: OpenOptions = {},
): Promise<RolloutService> => {
  const { spec, folders } = home;
  const known = chosenTarget(folders);
  if (known && known !== target) {
    throw new AppError('usage', `${spec.name} runs on the target ${known}, not ${target}`, {
      hint: 'Take it down first: specwright down.',
    });
  }
  const environment = config.childEnvironment;
  // A service that names the key of a model in its spec is meant to have it.
  const secrets = { ...environment, ...config.models.variables };
  const owner = sha256(folders.state).slice(0, 12);
  const lifetime = stays ? null : { owner: process.pid, watchContainer: world.watchdog.watch };
  const files = { folder: path.join(folders.state, 'router'), name: `specwright-router-${owner}`, lifetime };
  const opened = await openRouter(world.run, files, { spec, wanted: { kind: router, target }, environment });
  return {
    name: spec.name,
    folders,
    target: targetOf(target, { world, folders, owner, around: { environment, secrets, lifetime } }),
    router: opened.router,
    logPort: opened.plan.logPort,
    now: world.now,
  };
};

export const keepTarget = (folders: ServiceFolders, target: TargetKind): Promise<void> =>
  writeAtomically(chosenFile(folders), JSON.stringify({ target }));

type Places = { world: World; folders: ServiceFolders; owner: string; around: Around };

const targetOf = (kind: TargetKind, { world, folders, owner, around }: Places): Target =>
  kind === 'process'
    ? processTarget(path.join(folders.state, 'instances'), around)
    : kind === 'docker'
      ? dockerTarget(world.run, { owner, ...around })
      : composeTarget(world.run, path.join(folders.state, 'compose'), { owner, ...around });
