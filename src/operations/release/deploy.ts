import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { releaseVersion } from '../../artifacts/service/service-spec.ts';
import type { TargetKind } from '../../deploy/target/target.ts';
import { AppError } from '../../errors.ts';
import type { Progress } from '../../rollout/doing/work.ts';
import { control } from '../../rollout/release/controller.ts';
import { keepRelease } from '../../rollout/release/keep-release.ts';
import {
  keepTarget,
  openService,
  type RouterKind,
  type ServiceHome,
  type Surroundings,
} from '../../rollout/release/open-service.ts';
import { releaseOf } from '../../rollout/release/plan-release.ts';
import { requestCommand } from '../../rollout/release/request-command.ts';
import { type RolloutService, startAll } from '../../rollout/release/service.ts';
import { type Command, type Release, type RolloutState, versionUnderWay } from '../../rollout/release/state.ts';
import { keptVersions, readRelease, readState } from '../../rollout/release/store.ts';

export type DeployOptions = {
  target?: TargetKind | undefined;
  router?: RouterKind | undefined;
  version?: string | undefined;
  strategy?: 'blue-green' | 'canary' | undefined;
  signal: AbortSignal;
  tell(service: string, progress: Progress): void;
};

export type Deployed = { service: string; url: string; state: RolloutState; seconds: number };

/** Deploys one service, or several all or nothing. */
export const deploy = async (
  surroundings: Surroundings,
  homes: ServiceHome[],
  options: DeployOptions,
): Promise<Deployed[]> => {
  const began = performance.now();
  const prepared = [];
  for (const home of homes) prepared.push(await prepare(surroundings, home, options));
  const states =
    prepared.length === 1 ? [await deployOne(prepared[0]!, options)] : await deployTogether(prepared, options);
  return prepared.map(({ service }, index) => ({
    service: service.name,
    url: service.router.url,
    state: states[index]!,
    seconds: (performance.now() - began) / 1000,
  }));
};

type Prepared = { service: RolloutService; next: Release; done: RolloutState | null };

/** The version kept and its plan made; `done`: it is live already, and nothing is to do. */
const prepare = async (surroundings: Surroundings, home: ServiceHome, options: DeployOptions): Promise<Prepared> => {
  if (home.forCluster && options.target === undefined) throw forCluster(home);
  const target = options.target ?? home.target;
  const version = options.version ?? home.spec.version;
  if (!releaseVersion.safeParse(version).success) {
    throw new AppError('usage', `${JSON.stringify(version)} is no name of a version`, {
      hint: 'Letters, digits, dots, hyphens and underscores, at most 63.',
    });
  }
  const state = readState(home.folders);
  const underWay = versionUnderWay(state);
  if (underWay !== null && underWay !== version) throw inProgress(home, state, underWay);
  const service = await openService(surroundings, home, { target, router: options.router });
  const isKept = options.version !== undefined && keptVersions(home.folders).includes(version);
  const kept = isKept
    ? readRelease(home.folders, version)
    : await keepRelease(surroundings.world, home, { version, target });
  await keepTarget(home.folders, target);
  const done = state.state === 'idle' && state.live?.version === version ? state : null;
  const live = 'live' in state ? state.live : null;
  return { service, done, next: releaseOf(kept.spec, { version, live, strategy: options.strategy }) };
};

/** Nothing here pretends to have deployed what a cluster's controllers roll out. */
const forCluster = ({ spec, file }: ServiceHome): AppError =>
  new AppError('usage', `${spec.name} is meant for a cluster, and none is reached from here`, {
    hint: `kubectl apply --filename ${path.join(path.dirname(file), 'kubernetes')}; or run it on this machine with --target process or --target docker.`,
  });

const inProgress = ({ spec, flags = '' }: ServiceHome, state: RolloutState, version: string): AppError =>
  new AppError(
    'project.locked',
    `${spec.name}: the rollout of ${version} is ${state.state}; another deploy has to wait`,
    {
      hint: `Wait for it, go on with \`specwright deploy --resume${flags}\`, or end it with \`specwright abort${flags}\`.`,
    },
  );

const deployOne = async ({ service, next, done }: Prepared, { signal, tell }: DeployOptions): Promise<RolloutState> => {
  const options = { signal, tell: (progress: Progress) => tell(service.name, progress) };
  if (done?.state === 'idle' && done.live) {
    await startAll(service, done.live); // what is not up any more, after the machine was started again
    return control(service, options);
  }
  if (readState(service.folders).state !== 'idle') return (await resume(service, options)).state;
  return control(service, { ...options, command: { event: 'deploy', next, group: null } });
};

/** Every service up and checked before the first gets traffic; one that fails takes the others back with it. */
const deployTogether = async (all: Prepared[], { signal, tell }: DeployOptions): Promise<RolloutState[]> => {
  const group = { id: randomUUID(), members: all.map(({ service }) => service.folders.state) };
  const fresh = all.filter(({ done }) => done === null);
  const optionsOf = ({ service }: Prepared) => ({ signal, tell: (progress: Progress) => tell(service.name, progress) });
  const send = (event: 'go' | 'rollback') => (one: Prepared) =>
    requestCommand(one.service, { event }, optionsOf(one)).then(({ state }) => state);
  const stateOf = ({ service }: Prepared) => readState(service.folders);
  const started = await Promise.allSettled(
    fresh.map((one) =>
      control(one.service, {
        ...optionsOf(one),
        command: { event: 'deploy', next: one.next, group } satisfies Command,
        until: ({ state }) => state === 'prepared',
      }),
    ),
  );
  const isPrepared = (one: Prepared) => stateOf(one).state === 'prepared';
  if (!fresh.every(isPrepared)) {
    await Promise.allSettled(fresh.filter(isPrepared).map(send('rollback')));
    throwFirst(started);
    return all.map(stateOf);
  }
  const went = await Promise.allSettled(
    fresh.map(async (one) => {
      const state = await send('go')(one);
      // Those that are still watched come back with the first one that did.
      const watched = fresh.filter((other) => other !== one && !['idle', 'returning'].includes(stateOf(other).state));
      if (isBack(state)) await Promise.allSettled(watched.map(send('rollback')));
    }),
  );
  throwFirst(went);
  return all.map(stateOf);
};

const throwFirst = (results: PromiseSettledResult<unknown>[]): void => {
  const failed = results.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
};

const isBack = (state: RolloutState): boolean => state.state === 'idle' && state.last?.outcome === 'rolled back';
export const resume = (
  service: RolloutService,
  options: { signal: AbortSignal; tell(progress: Progress): void },
): ReturnType<typeof requestCommand> => requestCommand(service, { event: 'resume' }, options);
