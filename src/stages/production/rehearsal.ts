import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Rehearsal } from '../../artifacts/documents/running-report.ts';
import { type ServiceSpec, serviceSpecSchema } from '../../artifacts/service/service-spec.ts';
import { AppError, messageOf } from '../../errors.ts';
import { readJournal } from '../../pipeline/journal.ts';
import type { Progress } from '../../rollout/doing/work.ts';
import { runLoad } from '../../rollout/load/open-loop-load.ts';
import { control } from '../../rollout/release/controller.ts';
import { keepRelease } from '../../rollout/release/keep-release.ts';
import { openService, type ServiceHome } from '../../rollout/release/open-service.ts';
import { releaseOf } from '../../rollout/release/plan-release.ts';
import { requestCommand } from '../../rollout/release/request-command.ts';
import type { RolloutService } from '../../rollout/release/service.ts';
import type { RolloutState } from '../../rollout/release/state.ts';
import { journalFile, readState } from '../../rollout/release/store.ts';
import { takeDownService } from '../../rollout/release/take-down.ts';
import { readText } from '../../world/files.ts';
import type { StageContext } from '../context.ts';
import { standOf } from '../stand.ts';
import { specFile } from './service-spec.ts';

/** Versions of the rehearsal: the same model twice, so that nothing but the switching is tried. */
const versions = { first: 'first', second: 'second' } as const;
const windowSeconds = 0.5;
const connections = 16;
/** What the second version must have answered before the next move: the window that runs at the switch, and one of its own. */
const windowsAfterSwitch = 2;
/** On a machine that is busy with other things a window takes longer; more than this is no rehearsal any more. */
const longestWaitSeconds = 20;
const pollMs = 50;
/** Longer than a rehearsal: its parts are ended from outside. */
const endlessSeconds = 600;

type Stage = { service: RolloutService; home: ServiceHome; context: StageContext };

/**
 * A canary, the switch of all traffic, and the rollback of this very service under load, on the chosen target and
 * behind the router that is there; everything apart from what serves, and gone afterwards.
 */
export const rehearse = async (context: StageContext): Promise<Rehearsal> => {
  const home = rehearsalHome(context);
  await rm(home.folders.state, { recursive: true, force: true });
  const service = await openService(context, home, { stays: false });
  for (const one of await service.target.list()) await service.target.stop(one, 1); // left by a run that was killed
  const stage = { service, home, context };
  try {
    const first = await bring(stage, versions.first);
    if (first.state !== 'idle' || !first.live) throw new AppError('tool.failed', describeFailure(first));
    return { ran: true, target: service.target.kind, router: service.router.kind, ...(await thereAndBack(stage)) };
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof AppError)) throw error;
    return { ran: false, because: messageOf(error) };
  } finally {
    await takeDownService(service, 3);
  }
};

const rehearsalHome = (context: StageContext): ServiceHome => {
  const file = context.at(specFile);
  const spec: ServiceSpec = serviceSpecSchema.parse(parse(readText(file)));
  const { share_percent } = context.rules.DOCKER_CONFIG.rehearsal;
  const state = path.join(context.scratch, 'rehearsal');
  return {
    file,
    target: standOf(context),
    folders: { state, releases: path.join(state, 'releases'), reports: path.join(state, 'reports') },
    spec: {
      ...spec,
      name: `${spec.name}-rehearsal`,
      volumes: [], // what the service keeps for its users is none of a rehearsal's business
      listen: { address: '127.0.0.1' },
      rollout: {
        ...spec.rollout,
        watch_seconds: endlessSeconds,
        // It is ended from outside when the canary has had its time.
        steps: [
          { share_percent, seconds: endlessSeconds },
          { share_percent: 100, seconds: endlessSeconds },
        ],
        judge: { ...spec.rollout.judge, warmup_seconds: 0 },
      },
    },
  };
};

const bring = async (
  { service, home, context }: Stage,
  version: string,
  tell?: (progress: Progress) => void,
): Promise<RolloutState> => {
  const kept = await keepRelease(context.world, home, { version, target: service.target.kind });
  const state = readState(home.folders);
  const live = 'live' in state ? state.live : null;
  const next = releaseOf(kept.spec, { version, live, strategy: 'canary' });
  const command = { event: 'deploy', next, group: null } as const;
  return control(service, { command, signal: context.signal, tell });
};

type Totals = { requests: number; failed: number; windows: number };

/** Load without a pause while something is done; what was not answered with 2xx has failed. */
const underLoad = async <Result>(
  { service, home, context }: Stage,
  work: (totals: Totals) => Promise<Result>,
): Promise<{ totals: Totals; result: Result; seconds: number }> => {
  const totals: Totals = { requests: 0, failed: 0, windows: 0 };
  const bodies = home.spec.traffic.map(({ body }) => JSON.stringify(body));
  const { rate_rps: rate } = context.rules.DOCKER_CONFIG.rehearsal;
  let done = false;
  const window = async () => {
    const { requests, errors } = await runLoad({
      url: `${service.router.url}/predict`,
      body: (index) => bodies[index % bodies.length]!,
      rate,
      warmupSeconds: 0,
      seconds: windowSeconds,
      connections,
      signal: context.signal,
    });
    totals.requests += requests;
    totals.failed += errors;
    totals.windows += 1;
  };
  const load = (async () => {
    while (!done) await window();
  })();
  const began = performance.now();
  try {
    const result = await work(totals);
    return { totals, result, seconds: (performance.now() - began) / 1000 };
  } finally {
    done = true;
    await load;
  }
};

/** The second version with its share, then with all traffic, then back to the first: ended from outside each time. */
const thereAndBack = async (stage: Stage) => {
  const { service, home, context } = stage;
  const { rate_rps, share_percent, step_seconds } = context.rules.DOCKER_CONFIG.rehearsal;
  const asked: Promise<unknown>[] = [];
  let switched = false;
  let rollbackAsked = 0;
  const ask = (event: 'promote' | 'rollback') => requestCommand(service, { event }, { signal: context.signal });
  const tell = (totals: Totals) => (progress: Progress) => {
    if (progress.kind !== 'state') return;
    if (progress.state.state === 'shifting')
      asked.push(
        sleep(step_seconds * 1000)
          .then(() => moreWindows(totals, 1, context.signal))
          .then(() => ask('promote')),
      );
    if (progress.state.state !== 'watching') return;
    switched = true;
    asked.push(
      moreWindows(totals, windowsAfterSwitch, context.signal).then(() => {
        rollbackAsked = performance.now();
        return ask('rollback');
      }),
    );
  };
  const { totals, result, seconds } = await underLoad(stage, async (sofar) => {
    const ended = await bring(stage, versions.second, tell(sofar));
    const rollbackSeconds = rollbackAsked === 0 ? 0 : (performance.now() - rollbackAsked) / 1000;
    await Promise.all(asked);
    return { ended, rollbackSeconds };
  });
  const isBack = result.ended.state === 'idle' && result.ended.live?.version === versions.first;
  const whole = requestsAt(home, 100);
  return {
    rate_rps,
    seconds,
    requests: totals.requests,
    failed: totals.failed,
    canary: { share_percent, ...requestsAt(home, share_percent) },
    switched: { ...whole, complete: switched && whole.requests > 0 && whole.seen_percent === 100 },
    rollback: { seconds: result.rollbackSeconds, complete: isBack && switched && rollbackAsked > 0 },
  };
};

const moreWindows = async (totals: Totals, count: number, signal: AbortSignal): Promise<void> => {
  const [wanted, until] = [totals.windows + count, performance.now() + longestWaitSeconds * 1000];
  while (totals.windows < wanted && performance.now() < until) await sleep(pollMs, undefined, { signal });
};

/** Requests that the router logged at a share, and the second version's part of them. */
const requestsAt = (home: ServiceHome, share: number): { requests: number; seen_percent: number } => {
  const counts = z.object({ requests: z.number() });
  const step = z.object({ share_percent: z.number(), stable: counts, canary: counts });
  const found = readJournal(journalFile(home.folders))
    .filter(({ kind }) => kind === 'rollout.step')
    .map(({ data }) => step.parse(data))
    .findLast(({ share_percent }) => share_percent === share);
  const requests = found ? found.stable.requests + found.canary.requests : 0;
  return { requests, seen_percent: found && requests > 0 ? (100 * found.canary.requests) / requests : 0 };
};

const describeFailure = (state: RolloutState): string =>
  state.state === 'idle' && state.last
    ? `a copy of the service did not come up: ${state.last.because}`
    : `it is ${state.state}`;
