import { rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Router } from '../../deploy/router/router.ts';
import { AppError } from '../../errors.ts';
import type { Action } from '../release/actions.ts';
import { instancesOf, serversFor, startAll } from '../release/service.ts';
import type { Release } from '../release/state.ts';
import { keptVersions, readRelease, servedVersions } from '../release/store.ts';
import { writeFailureReport } from './failure-report.ts';
import { judgeStep } from './judge-step.ts';
import { forgetWindow } from './kept-window.ts';
import { awaitReady, smoke } from './probes.ts';
import { metricsOf, namesIn } from './scrape.ts';
import { watchLive } from './watch-live.ts';
import { observed, type Performed, type Work } from './work.ts';

type Do<Name extends Action['do']> = Extract<Action, { do: Name }>;
type Performers = { [Name in Action['do']]: (work: Work, action: Do<Name>, signal: AbortSignal) => Performed };

const betweenMs = 25;
const outputLines = 40;

const performers: Performers = {
  start: (work, { release }) =>
    observed(async () => {
      forgetWindow(work.service.folders.state); // of an earlier rollout, if there is one
      await startAll(work.service, release);
      work.instances = await work.service.target.list();
      return null;
    }),
  'await ready': (work, { release }, signal) =>
    observed(async () => {
      const { spec } = readRelease(work.service.folders, release.version);
      const instances = instancesOf(work.instances, release);
      const reason = await awaitReady(
        work.service.target,
        { instances, probes: spec.probes },
        { log: logTo(work), signal },
      );
      return reason ? { event: 'failed', because: reason } : { event: 'ready' };
    }),
  smoke: (work, { release }) =>
    observed(async () => {
      const { spec } = readRelease(work.service.folders, release.version);
      const instances = instancesOf(work.instances, release);
      const { metrics } = spec.rollout.judge;
      const reading = metrics.length === 0 ? [] : instances.map((one) => metricsOf(one, spec.metrics.path));
      const shown = namesIn((await Promise.all(reading)).flat());
      const absent = metrics.filter((name) => !shown.has(name));
      if (absent.length > 0)
        return { event: 'failed', because: `configuration: ${spec.metrics.path} shows no ${absent.join(', ')}` };
      const reason = await smoke(instances, spec.smoke, logTo(work));
      return reason ? { event: 'failed', because: reason } : { event: 'checked' };
    }),
  async share({ service, instances }, action) {
    await speak(service.router, (router) => router.apply(serversFor(instances, action)));
    return null;
  },
  judge: judgeStep,
  watch: watchLive,
  async drain(work, { release }, signal) {
    const { service } = work;
    const { drain_seconds } = readRelease(service.folders, release.version).spec.rollout;
    const began = performance.now();
    const seconds = () => (performance.now() - began) / 1000;
    // Twice nothing: a request may be on its way between the router's choice and its count.
    for (let empty = 0; empty < 2 && seconds() < drain_seconds; await sleep(betweenMs, undefined, { signal }))
      empty = (await inFlight(service.router, release)) === 0 ? empty + 1 : 0;
    const left = await inFlight(service.router, release);
    const cut = left > 0 ? await speak(service.router, (router) => router.cut(release.pool)) : 0;
    work.journal.append('rollout.drained', { version: release.version, cut, seconds: seconds() });
    work.tell({ kind: 'drained', version: release.version, cut, seconds: seconds() });
    return null;
  },
  async stop(work, { release }) {
    await stopRelease(work, release);
    return null;
  },
  async report(work, { release, because }) {
    const instances = instancesOf(work.instances, release);
    const output = await Promise.all(
      instances.map(async (one) => ({ name: one.name, text: await work.service.target.logs(one, outputLines) })),
    );
    const { name, folders } = work.service;
    const file = await writeFailureReport(folders.reports, {
      service: name,
      version: release.version,
      because,
      health: work.health,
      output,
    });
    work.tell({ kind: 'report', file });
    return null;
  },
  async tidy(work) {
    forgetOldReleases(work);
    return null;
  },
};

/** Does one action; what it saw ends the state. */
export const perform = (work: Work, action: Action, signal: AbortSignal): Performed => {
  const performer = performers[action.do] as (work: Work, action: Action, signal: AbortSignal) => Performed;
  return performer(work, action, signal);
};

/** A router that was killed comes up again by itself; what was to be said to it is said then. */
const speak = async <Result>(router: Router, say: (router: Router) => Promise<Result>): Promise<Result> => {
  try {
    return await say(router);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await router.ensure();
    return say(router);
  }
};

const inFlight = (router: Router, { pool }: Release): Promise<number> => speak(router, (one) => one.inFlight(pool));

/** Out of the router first: a server that has gone would be tried. */
const stopRelease = async (work: Work, release: Release): Promise<void> => {
  const { service } = work;
  const gone = instancesOf(work.instances, release);
  const stay = work.instances.filter((one) => !gone.includes(one));
  const { grace_seconds } = readRelease(service.folders, release.version).spec.rollout;
  const others = stay.filter(({ pool }) => pool !== release.pool);
  const servers = others.map(({ pool, index, port }) => ({ pool, index, port, weight: 256 }));
  await speak(service.router, (router) => router.apply(servers));
  const killed = await Promise.all(gone.map((instance) => service.target.stop(instance, grace_seconds)));
  const count = killed.filter(Boolean).length;
  if (count > 0) {
    work.journal.append('rollout.killed', { version: release.version, instances: count });
    work.tell({
      kind: 'note',
      text: `${release.version}: ${count} ignored SIGTERM for ${grace_seconds} s and were killed`,
    });
  }
  work.instances = await service.target.list();
};

const logTo = (work: Work) => (line: string) => {
  work.health.push(`${work.service.now().toISOString()} ${line}`);
};

/** The latest releases that served stay, and whatever is live. */
const forgetOldReleases = ({ service, journal }: Work): void => {
  const served = [...new Set(servedVersions(journal.entries).map(({ version }) => version))];
  const live = served[0];
  if (!live) return;
  const { keep_releases } = readRelease(service.folders, live).spec.rollout;
  for (const version of served.slice(keep_releases)) {
    if (keptVersions(service.folders).includes(version))
      rmSync(path.join(service.folders.releases, version), { recursive: true, force: true });
  }
};
