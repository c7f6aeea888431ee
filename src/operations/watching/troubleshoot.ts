import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { dockerFacts } from '../../deploy/docker-facts.ts';
import { readPlan } from '../../deploy/router/router-files.ts';
import { serviceLog } from '../../deploy/service-control.ts';
import { processTarget } from '../../deploy/target/process-target.ts';
import { AppError } from '../../errors.ts';
import type { ServiceHome } from '../../rollout/release/open-service.ts';
import { readState } from '../../rollout/release/store.ts';
import { readText } from '../../world/files.ts';
import { portHolder } from '../../world/port-holder.ts';
import type { World } from '../../world/world.ts';
import type { Finding } from '../doctor.ts';
import { findService, type Where } from '../release/find-service.ts';
import { addressService } from './service-address.ts';

/** A service keeps logs, metrics and releases; with less than this none of them can be trusted. */
const leastGigabytes = 1;
const answerMs = 3000;
const tailCharacters = 20_000;

/** Why a service does not run as it should: causes, each with what was seen and what to do next. */
export const troubleshoot = async (world: World, where: Where): Promise<Finding[]> => {
  const home = findService(where);
  const address = await addressService(world, where).catch((error: unknown) => {
    if (error instanceof AppError) return null;
    throw error;
  });
  return [
    ...(await diskFindings(path.dirname(home.file))),
    portFinding(home, address?.url ?? null),
    ...(address
      ? [
          await answerFinding(address.url, home.spec.probes.health),
          await answerFinding(address.url, home.spec.probes.ready),
        ]
      : []),
    ...(home.target === 'process' ? await processFindings(home) : await containerFindings(world, home)),
    ...rolloutFinding(home),
    ...logFindings(where),
  ];
};

const finding = (what: string, found: string, next: string | null): Finding => ({
  what,
  ok: next === null,
  needed: next !== null,
  found,
  next: next ?? '',
});

const diskFindings = async (folder: string): Promise<Finding[]> => {
  const { bavail, bsize } = await statfs(folder);
  const free = (bavail * bsize) / 1e9;
  const next =
    free < leastGigabytes
      ? `The disk of ${folder} is full: free some, such as old releases or docker system prune.`
      : null;
  return [finding('service disk', `${free.toFixed(1)} GB free`, next)];
};

/** A port that is taken by our own router or service is as it should be. */
const portFinding = ({ spec, folders }: ServiceHome, url: string | null): Finding => {
  const plan = readPlan({ folder: path.join(folders.state, 'router'), name: '' });
  const port = plan?.port ?? spec.listen.port ?? spec.port;
  const holder = portHolder(port);
  if (holder === undefined) return finding('port', `${port} is free`, null);
  const who =
    holder === null ? 'a process that does not show itself' : `process ${holder.pid} (${holder.command.slice(0, 120)})`;
  if (url !== null && Number(new URL(url).port) === port) return finding('port', `${port}: ${who}`, null);
  const stop = holder === null ? `Look with: sudo ss -ltnp 'sport = :${port}'` : `Stop it (kill ${holder.pid})`;
  const taken = finding('port', `${port} is taken by ${who}`, `${stop}, or set another port under listen in the spec.`);
  // Where the spec fixes none, the next free one is taken.
  return { ...taken, needed: plan !== null || spec.listen.port !== undefined };
};

const answerFinding = async (url: string, at: string): Promise<Finding> => {
  try {
    const answer = await fetch(url + at, { signal: AbortSignal.timeout(answerMs) });
    const text = (await answer.text()).slice(0, 200);
    const next = answer.ok ? null : `The service says why: ${text || 'nothing'}. See specwright logs.`;
    return finding(at, `${answer.status}`, next);
  } catch {
    return finding(
      at,
      `no answer within ${answerMs / 1000} s from ${url}`,
      'It hangs or has gone: see specwright logs, then specwright up or deploy.',
    );
  }
};

const moreMemory = 'Raise resources.memory_mb in the spec, or make it use less.';

/** The copies of deployed versions that run as processes, with why one has ended by itself. */
const processFindings = async ({ folders }: ServiceHome): Promise<Finding[]> => {
  const folder = path.join(folders.state, 'instances');
  const target = processTarget(folder, { environment: {}, secrets: {} });
  return Promise.all(
    (await target.list()).map(async (instance) => {
      const { status, starts, ended, limits } = await target.state(instance);
      const held = limits?.memory ? `, memory held by ${limits.memory}` : '';
      if (ended === null) return finding('process', `${instance.name} ${status}${held}`, null);
      const log = `See ${path.join(folder, instance.name)}.log`;
      const next = ended.startsWith('out of memory') ? moreMemory : log;
      return finding('process', `${instance.name} ended by itself: ${ended}; started ${starts} times${held}`, next);
    }),
  );
};

/** A version that was refused has gone by now; the journal says why. */
const rolloutFinding = ({ folders }: ServiceHome): Finding[] => {
  const state = readState(folders);
  const last = state.state === 'idle' ? state.last : null;
  if (last?.outcome !== 'rolled back') return [];
  const because = last.because ?? '';
  const next = /out of memory/.test(because) ? moreMemory : 'Mend it, raise `version`, and deploy again.';
  return [{ ...finding('last rollout', `${last.version} was rolled back: ${because}`, next), needed: false }];
};

const container = z.object({
  Name: z.string(),
  State: z.object({
    Status: z.string(),
    OOMKilled: z.boolean().default(false),
    ExitCode: z.number(),
    Error: z.string().default(''),
    Health: z.object({ Status: z.string(), Log: z.array(z.object({ Output: z.string() })).nullish() }).nullish(),
  }),
  RestartCount: z.number().default(0),
});

const containerFindings = async (world: World, { spec }: ServiceHome): Promise<Finding[]> => {
  const { problem } = await dockerFacts(world.run);
  if (problem) return [finding('Docker', problem.message, problem.next)];
  const listed = await world.run(['docker', 'ps', '--all', '--quiet', '--filter', `name=${spec.name}-`], {
    limitSeconds: 10,
  });
  const ids = listed.stdout.split('\n').filter((id) => id !== '');
  if (ids.length === 0) return [finding('container', 'none', null)];
  const inspected = await world.run(['docker', 'inspect', ...ids], { limitSeconds: 10 });
  return z.array(container).parse(JSON.parse(inspected.stdout)).map(containerFinding);
};

const containerFinding = ({ Name, State, RestartCount }: z.infer<typeof container>): Finding => {
  const name = Name.replace(/^\//, '');
  const what = 'container';
  const often = RestartCount > 0 ? `, restarted ${RestartCount} times` : '';
  if (State.OOMKilled || State.ExitCode === 137)
    return finding(what, `${name} was killed${State.OOMKilled ? ': out of memory' : ' (137)'}${often}`, moreMemory);
  if (State.Error) return finding(what, `${name}: ${State.Error}`, 'Docker could not start it; correct what it names.');
  if (State.Status !== 'running' && State.ExitCode !== 0)
    return finding(what, `${name} ended with ${State.ExitCode}${often}`, `docker logs ${name}`);
  if (State.Health?.Status === 'unhealthy')
    return finding(
      what,
      `${name} is unhealthy: ${State.Health.Log?.at(-1)?.Output.trim().slice(0, 200) ?? ''}`,
      `docker logs ${name}`,
    );
  return finding(what, `${name} ${State.Status}${often}`, null);
};

/** What services write when the machine is at fault. */
const signs: { pattern: RegExp; cause: string; next: string }[] = [
  {
    pattern: /address already in use|EADDRINUSE/i,
    cause: 'its port was taken',
    next: 'See the line `port`; stop what listens there.',
  },
  {
    pattern: /MemoryError|out of memory|Cannot allocate memory|OOM/i,
    cause: 'it ran out of memory',
    next: 'Give it more, or make it use less.',
  },
  { pattern: /No space left on device|ENOSPC/i, cause: 'the disk was full', next: 'Free some space.' },
  {
    pattern: /Permission denied|EACCES/i,
    cause: 'it may not read or write a file',
    next: 'Look at the file in its log and at its owner.',
  },
];

const logFindings = ({ project, spec }: Where): Finding[] => {
  const file = serviceLog(path.resolve(project ?? '.'));
  if (spec !== undefined || !existsSync(file)) return [];
  const tail = readText(file).slice(-tailCharacters);
  return signs.flatMap(({ pattern, cause, next }) => {
    const line = tail.split('\n').findLast((one) => pattern.test(one));
    return line === undefined ? [] : [finding('log', `${cause}: ${line.trim().slice(0, 160)}`, next)];
  });
};
