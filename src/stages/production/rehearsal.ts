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

/** Versions of the rehearsal: the same model three times, so that nothing but the switching is tried. */
const versions = { first: 'first', second: 'second', third: 'third' } as const;
const windowSeconds = 0.5;
const connections = 16;
const watchSeconds = 0.3;

type Stage = { service: RolloutService; home: ServiceHome; context: StageContext };

/**
 * A switch, a canary and a rollback of this very service under load, on the chosen target and behind the router that
 * is there; everything apart from what serves, and gone afterwards.
 */
export const rehearse = async (context: StageContext): Promise<Rehearsal> => {
  const home = rehearsalHome(context);
  await rm(home.folders.state, { recursive: true, force: true });
  const service = await openService(context, home);
  for (const one of await service.target.list()) await service.target.stop(one, 1); // left by a run that was killed
  const stage = { service, home, context };
  const began = performance.now();
  try {
    await bring(stage, versions.first);
    const switched = await switchOver(stage);
    const { canary, rollback } = await canaryAndBack(stage);
    return {
      ran: true,
      target: service.target.kind,
      router: service.router.kind,
      rate_rps: context.rules.DOCKER_CONFIG.rehearsal.rate_rps,
      seconds: (performance.now() - began) / 1000,
      switched,
      canary,
      rollback,
    };
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof AppError)) throw error;
    return { ran: false, because: messageOf(error) };
  } finally {
    await takeDownService(service, 3);
  }
};

const rehearsalHome = (context: StageContext): ServiceHome => {
  const file = context.at('deploy/service.yaml');
  const spec: ServiceSpec = serviceSpecSchema.parse(parse(readText(file)));
  const { share_percent, step_seconds } = context.rules.DOCKER_CONFIG.rehearsal;
  const state = path.join(context.scratch, 'rehearsal');
  return {
    file,
    target: context.settings.target,
    folders: { state, releases: path.join(state, 'releases'), reports: path.join(state, 'reports') },
    spec: {
      ...spec,
      name: `${spec.name}-rehearsal`,
      volumes: [], // what the service keeps for its users is none of a rehearsal's business
      listen: { address: '127.0.0.1' },
      rollout: {
        ...spec.rollout,
        watch_seconds: watchSeconds,
        // It is ended from outside when the canary has had its time.
        steps: [
          { share_percent, seconds: step_seconds * 20 },
          { share_percent: 100, seconds: watchSeconds },
        ],
        judge: { ...spec.rollout.judge, warmup_seconds: 0 },
      },
    },
  };
};

const bring = async (
  { service, home, context }: Stage,
  version: string,
  { strategy = 'blue-green', tell }: { strategy?: 'blue-green' | 'canary'; tell?: (progress: Progress) => void } = {},
): Promise<RolloutState> => {
  const kept = await keepRelease(context.world, home, { version, target: service.target.kind });
  const state = readState(home.folders);
  const live = 'live' in state ? state.live : null;
  const next = releaseOf(kept.spec, { version, live, strategy });
  const ended = await control(service, {
    command: { event: 'deploy', next, group: null },
    signal: context.signal,
    tell,
  });
  if (ended.state === 'idle' && ended.last?.outcome === 'rolled back' && strategy === 'blue-green')
    throw new AppError('tool.failed', `The rehearsal of a switch failed: ${ended.last.because}`);
  return ended;
};

type Totals = { requests: number; failed: number };

/** Load without a pause while something is done; what was not answered with 2xx has failed. */
const underLoad = async <Result>(
  { service, home, context }: Stage,
  work: () => Promise<Result>,
): Promise<{ totals: Totals; result: Result; seconds: number }> => {
  const totals: Totals = { requests: 0, failed: 0 };
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
  };
  const load = (async () => {
    while (!done) await window();
  })();
  const began = performance.now();
  try {
    const result = await work();
    return { totals, result, seconds: (performance.now() - began) / 1000 };
  } finally {
    done = true;
    await load;
  }
};

const switchOver = async (stage: Stage) => {
  const { totals, result, seconds } = await underLoad(stage, () => bring(stage, versions.second));
  const live = result.state === 'idle' ? result.live?.version : undefined;
  return { ...totals, seconds, complete: live === versions.second };
};

/** A canary that is ended after its time: traffic returns to the version that serves. */
const canaryAndBack = async (stage: Stage) => {
  const { service, context } = stage;
  const { share_percent, step_seconds } = context.rules.DOCKER_CONFIG.rehearsal;
  let asked = 0;
  let aborting: Promise<unknown> = Promise.resolve();
  const tell = (progress: Progress) => {
    if (progress.kind !== 'state' || progress.state.state !== 'shifting') return;
    aborting = sleep(step_seconds * 1000).then(() => {
      asked = performance.now();
      return requestCommand(service, { event: 'abort' }, { signal: context.signal });
    });
  };
  const { totals, result, seconds } = await underLoad(stage, async () => {
    const ended = await bring(stage, versions.third, { strategy: 'canary', tell });
    await aborting;
    return { ended, seconds: asked === 0 ? 0 : (performance.now() - asked) / 1000 };
  });
  const seen = seenShare(stage);
  const isBack = result.ended.state === 'idle' && result.ended.live?.version === versions.second;
  return {
    canary: { ...totals, seconds, share_percent, seen_percent: seen.percent, seen_requests: seen.requests },
    rollback: { seconds: result.seconds, complete: isBack && asked > 0 },
  };
};

/** The new version's part of the requests that the router logged during the canary. */
const seenShare = ({ home }: Stage): { requests: number; percent: number } => {
  const counts = z.object({ requests: z.number() });
  const step = z.object({ stable: counts, canary: counts });
  const last = readJournal(journalFile(home.folders)).findLast(({ kind }) => kind === 'rollout.step');
  if (!last) return { requests: 0, percent: 0 };
  const { stable, canary } = step.parse(last.data);
  const requests = stable.requests + canary.requests;
  return { requests, percent: requests === 0 ? 0 : (100 * canary.requests) / requests };
};
