import { existsSync, readdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { readIfPresent } from '../artifacts/document.ts';
import { environmentDocument } from '../artifacts/documents/environment.ts';
import { loadRules } from '../artifacts/rules/rules.ts';
import type { Config } from '../config.ts';
import { dockerFacts } from '../deploy/docker-facts.ts';
import { runningService } from '../deploy/service-control.ts';
import { findPython, type Python } from '../environment/python.ts';
import { AppError, messageOf } from '../errors.ts';
import type { Framework } from '../pipeline/context.ts';
import { readJournal } from '../pipeline/journal.ts';
import { holderOf } from '../world/lock.ts';
import type { World } from '../world/world.ts';
import { journalOf, lockOf, openProject } from './project.ts';

/** `needed: false`: something works less well without it, the pipeline still runs. */
export type Finding = { what: string; ok: boolean; needed: boolean; found: string; next: string };

const wantedGigabytes = 5;

/** What the pipeline needs on this machine, looked at by use, each with what to do next. */
export const examine = async (config: Config, world: World, project: string | undefined): Promise<Finding[]> => {
  const { rules } = loadRules({ packageFolder: config.packageFolder, language: 'en' });
  const [python, docker, promtool, disk] = await Promise.all([
    findPython(world.run, rules.VENV_CONFIG.python, config.python).catch((error: unknown) => error),
    dockerFacts(world.run),
    world.run(['promtool', '--version'], { limitSeconds: 5 }),
    freeGigabytes(config.cacheFolder),
  ]);
  const version = /version (\S+)/.exec(`${promtool.stdout}${promtool.stderr}`)?.[1];
  return [
    { what: 'Node', ok: true, needed: true, found: process.versions.node, next: '' },
    pythonFinding(python),
    await pipFinding(world, python),
    {
      what: 'Docker',
      ok: docker.problem === null,
      needed: false,
      found:
        docker.problem?.message ??
        `engine ${docker.server}${docker.compose ? `, compose ${docker.compose.version}` : ''}`,
      next: docker.problem?.next ?? '',
    },
    {
      what: 'promtool',
      ok: promtool.exitCode === 0,
      needed: false,
      found: version ?? 'not installed',
      next: promtool.exitCode === 0 ? '' : 'Alert rules are then tested without it. Debian: apt-get install prometheus',
    },
    {
      what: 'disk',
      ok: disk >= wantedGigabytes,
      needed: true,
      found: `${disk.toFixed(1)} GB free`,
      next:
        disk >= wantedGigabytes ? '' : `Free ${wantedGigabytes} GB for ${config.cacheFolder}, or set SPECWRIGHT_CACHE.`,
    },
    cacheFinding(config.cacheFolder),
    ...(project === undefined ? [] : await projectFindings(world, project)),
  ];
};

const pythonFinding = (python: unknown): Finding =>
  isPython(python)
    ? { what: 'Python', ok: true, needed: true, found: `${python.version} (${python.executable})`, next: '' }
    : {
        what: 'Python',
        ok: false,
        needed: true,
        found: messageOf(python),
        next: python instanceof AppError ? (python.hint ?? '') : '',
      };

const pipFinding = async (world: World, python: unknown): Promise<Finding> => {
  if (!isPython(python)) return { what: 'pip', ok: false, needed: true, found: 'no Python to ask', next: '' };
  const venv = await world.run([python.executable, '-c', 'import venv, ensurepip'], { limitSeconds: 20 });
  const ok = venv.exitCode === 0;
  return {
    what: 'pip',
    ok,
    needed: true,
    found: ok ? (python.pip ? 'pip and venv' : 'venv brings its own pip') : 'venv is missing',
    next: ok ? '' : 'Debian and Ubuntu: apt-get install python3-venv',
  };
};

const isPython = (value: unknown): value is Python =>
  typeof value === 'object' && value !== null && 'executable' in value;

const freeGigabytes = async (folder: string): Promise<number> => {
  let existing = folder;
  while (!existsSync(existing)) existing = path.dirname(existing);
  const { bavail, bsize } = await statfs(existing);
  return (bavail * bsize) / 1e9;
};

const cacheFinding = (folder: string): Finding => {
  const environments = path.join(folder, 'environments');
  const count = existsSync(environments)
    ? readdirSync(environments).filter((name) => existsSync(path.join(environments, name, 'specwright-ready'))).length
    : 0;
  const found = count > 0 ? `${count} Python environments in ${folder}` : `no Python environment yet in ${folder}`;
  return {
    what: 'cache',
    ok: true,
    needed: false,
    found,
    next: count > 0 ? '' : 'The first run builds one, which takes minutes and the network.',
  };
};

const projectFindings = async (world: World, given: string): Promise<Finding[]> => {
  const { root, project } = openProject(given);
  const holder = holderOf(lockOf(root));
  const service = await runningService(root, world.run);
  const data = project.settings.data;
  const dataThere = data === null || existsSync(data.path);
  return [
    chainFinding(root),
    {
      what: 'lock',
      ok: true,
      needed: false,
      found: holder ? `held by process ${holder.pid}` : 'free',
      next: holder ? 'Wait until that run has ended.' : '',
    },
    {
      what: 'data',
      ok: dataThere,
      needed: false,
      found: data?.path ?? 'none given',
      next: dataThere ? '' : 'The file has gone; name its new place with `specwright resume --data PATH`.',
    },
    {
      what: 'service',
      ok: true,
      needed: false,
      found: service?.url ?? 'down',
      next: service ? '' : `specwright up ${root}`,
    },
    ...(project.settings.framework === 'torch' ? [] : [paddleFinding(root, project.settings.framework)]),
  ];
};

const paddleFinding = (root: string, framework: Framework): Finding => {
  const environment = readIfPresent(root, environmentDocument);
  const version = environment?.packages_installed.paddlepaddle;
  return {
    what: 'PaddlePaddle',
    ok: environment === null || version !== undefined,
    needed: framework === 'paddle',
    found: version ?? (environment ? `not in ${environment.folder}` : 'not installed yet'),
    next: environment && !version ? 'No wheel of it fitted this machine: the twins are not run here.' : '',
  };
};

const chainFinding = (root: string): Finding => {
  try {
    return {
      what: 'journal',
      ok: true,
      needed: true,
      found: `${readJournal(journalOf(root)).length} entries`,
      next: '',
    };
  } catch (error) {
    return {
      what: 'journal',
      ok: false,
      needed: true,
      found: messageOf(error),
      next: error instanceof AppError ? (error.hint ?? '') : '',
    };
  }
};
