import type { InstanceState } from '../../deploy/target/target.ts';
import { AppError } from '../../errors.ts';
import { readJournal } from '../../pipeline/journal.ts';
import type { Progress } from '../../rollout/doing/work.ts';
import { control } from '../../rollout/release/controller.ts';
import { chosenTarget, openService, type ServiceHome, type Surroundings } from '../../rollout/release/open-service.ts';
import { releaseOf } from '../../rollout/release/plan-release.ts';
import { type Requested, requestCommand } from '../../rollout/release/request-command.ts';
import type { RolloutState } from '../../rollout/release/state.ts';
import {
  journalFile,
  keptVersions,
  lockFile,
  readRelease,
  readState,
  servedVersions,
} from '../../rollout/release/store.ts';
import { takeDownService } from '../../rollout/release/take-down.ts';
import { holderOf } from '../../world/lock.ts';

export type SteerOptions = { signal: AbortSignal; tell(progress: Progress): void };
export type Steered = { service: string; url: string } & Requested;

/** Carries out a command on the rollout that is in progress. */
export const steer = async (
  surroundings: Surroundings,
  home: ServiceHome,
  { event, ...options }: { event: 'promote' | 'pause' | 'abort' | 'resume' } & SteerOptions,
): Promise<Steered> => {
  if (isDown(home)) {
    const note = 'nothing is deployed';
    options.tell({ kind: 'note', text: note });
    return { service: home.spec.name, url: '', state: readState(home.folders), by: 'this command', note };
  }
  const service = await openService(surroundings, home);
  const requested = await requestCommand(service, { event }, options);
  return { service: service.name, url: service.router.url, ...requested };
};

/** Back to a kept version: the one before where none is named; at once where it is still warm. */
export const rollBack = async (
  surroundings: Surroundings,
  home: ServiceHome,
  { version, ...options }: { version: string | undefined } & SteerOptions,
): Promise<Steered> => {
  if (isDown(home))
    throw new AppError('input.invalid', `Nothing of ${home.spec.name} is deployed`, {
      hint: `\`specwright deploy${home.flags ?? ''}\` does that.`,
    });
  const service = await openService(surroundings, home);
  const state = readState(home.folders);
  const found = (requested: Requested): Steered => ({ service: service.name, url: service.router.url, ...requested });
  if (state.state !== 'idle') {
    const warm = warmVersion(state);
    if (version === undefined || version === warm)
      return found(await requestCommand(service, { event: 'rollback' }, options));
    throw new AppError(
      'project.locked',
      `${service.name}: a rollout is ${state.state}; it returns to ${warm ?? 'nothing'}`,
      {
        hint: 'Return to that first with `specwright rollback`, then to another version.',
      },
    );
  }
  const wanted = version ?? previousVersion(home);
  if (state.live?.version === wanted) {
    const note = `${wanted} is live already`;
    options.tell({ kind: 'note', text: note });
    return found({ state, by: 'this command', note });
  }
  const { spec } = readRelease(home.folders, wanted);
  const next = releaseOf(spec, { version: wanted, live: state.live, strategy: 'blue-green' });
  const ended = await control(service, { ...options, command: { event: 'deploy', next, group: null } });
  return found({ state: ended, by: 'this command', note: null });
};

const warmVersion = (state: RolloutState): string | null => {
  if (state.state === 'watching' || state.state === 'retiring') return state.previous.version;
  return state.live?.version ?? null;
};

const previousVersion = (home: ServiceHome): string => {
  const [live, ...earlier] = servedVersions(readJournal(journalFile(home.folders)));
  const kept = keptVersions(home.folders);
  const found = earlier.find(({ version }) => version !== live?.version && kept.includes(version));
  if (found) return found.version;
  throw new AppError('input.invalid', `${home.spec.name} has no version before the one that is live`, {
    hint:
      kept.length > 1
        ? `Name one of those that are kept: specwright rollback VERSION (${kept.join(', ')}).`
        : 'There is nothing to return to until a second version was deployed.',
  });
};

/** Never deployed, or taken down. */
const isDown = ({ folders }: ServiceHome): boolean => chosenTarget(folders) === null;

export type ReleaseList = {
  service: string;
  state: RolloutState;
  /** Somebody works on it at this moment. */
  worked_on: boolean;
  url: string | null;
  instances: ({ name: string; version: string; port: number } & InstanceState)[];
  releases: { version: string; live: boolean; served_since: string | null }[];
};

/** What is kept, what runs, and where a rollout stands; changes nothing. */
export const listReleases = async (surroundings: Surroundings, home: ServiceHome): Promise<ReleaseList> => {
  const state = readState(home.folders);
  const served = servedVersions(readJournal(journalFile(home.folders)));
  const service = isDown(home) ? null : await openService(surroundings, home);
  const instances = service ? await service.target.list() : [];
  const live = 'live' in state ? state.live?.version : undefined;
  return {
    service: home.spec.name,
    state,
    worked_on: holderOf(lockFile(home.folders)) !== null,
    url: live === undefined ? null : (service?.router.url ?? null),
    instances: await Promise.all(
      instances.map(async (one) => ({
        name: one.name,
        version: one.version,
        port: one.port,
        ...(await service!.target.state(one)),
      })),
    ),
    releases: keptVersions(home.folders).map((version) => ({
      version,
      live: version === live,
      served_since: served.find((one) => one.version === version)?.since ?? null,
    })),
  };
};

/** False where nothing of it ran. */
export const takeDownRelease = async (surroundings: Surroundings, home: ServiceHome): Promise<boolean> =>
  isDown(home) ? false : takeDownService(await openService(surroundings, home), home.spec.rollout.grace_seconds);
