import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../errors.ts';
import { sha256 } from '../world/files.ts';
import { acquireLock } from '../world/lock.ts';
import { expectSuccess, lastLines, type Run } from '../world/processes.ts';
import type { Python } from './python.ts';

export type CachedEnvironment = { folder: string; python: string; seconds: number; built: boolean };

export type EnvironmentSpec = {
  /** Requirement lines, all pinned. */
  requirements: string[];
  pipVersion: string;
  /** Modules to import once, so that their byte code lies in the cache. */
  warm: string[];
  limitSeconds: number;
};

/**
 * The environment of a set of pinned requirements, built once for each machine and Python and kept in the cache.
 * Byte code is written by importing what the programs import, since each process would pay 4 s for torch alone.
 */
export const cachedEnvironment = async (
  run: Run,
  cacheFolder: string,
  python: Python,
  spec: EnvironmentSpec,
): Promise<CachedEnvironment> => {
  const started = performance.now();
  const lines = [...spec.requirements].sort();
  const key = sha256(JSON.stringify([python.executable, python.version, python.platform, spec.pipVersion, lines]));
  const folder = path.join(cacheFolder, 'environments', key.slice(0, 20));
  const done = (built: boolean): CachedEnvironment => ({
    folder,
    python: path.join(folder, 'bin', 'python'),
    seconds: (performance.now() - started) / 1000,
    built,
  });
  if (existsSync(marker(folder))) return done(false);
  const lock = await waitForLock(folder);
  try {
    if (existsSync(marker(folder))) return done(false);
    await build(run, folder, python, { ...spec, requirements: lines });
    await writeFile(marker(folder), `${lines.join('\n')}\n`);
    return done(true);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  } finally {
    lock.release();
  }
};

const marker = (folder: string) => path.join(folder, 'specwright-ready');

const waitForLock = async (folder: string) => {
  for (;;) {
    try {
      return acquireLock(`${folder}.lock`, 'The cached Python environment');
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'project.locked') throw error;
      await sleep(500); // the holder ends within its own limit, and a dead holder's lock is taken over
    }
  }
};

const build = async (run: Run, folder: string, python: Python, spec: EnvironmentSpec): Promise<void> => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const listing = path.join(folder, 'requirements.txt');
  const target = path.join(folder, 'bin', 'python');
  const limits = { limitSeconds: spec.limitSeconds };
  const create = python.pip ? ['--without-pip'] : [];
  expectSuccess(
    await run([python.executable, '-m', 'venv', ...create, folder], limits),
    'Creating the Python environment',
    'On Debian and Ubuntu: apt-get install python3-venv',
  );
  await writeFile(listing, `${spec.requirements.join('\n')}\npip==${spec.pipVersion}\n`);
  const pip = python.pip ? [python.executable, '-m', 'pip', '--python', target] : [target, '-m', 'pip'];
  const installed = await run(
    [pip[0]!, ...pip.slice(1), 'install', '--no-compile', '--no-input', '--disable-pip-version-check', '-r', listing],
    limits,
  );
  if (installed.exitCode !== 0) {
    throw new AppError('tool.failed', `pip could not install the requirements:\n${lastLines(installed, 8)}`, {
      hint: offline.test(installed.stderr)
        ? 'The package index cannot be reached: check the network or set PIP_FIND_LINKS to a folder of wheels.'
        : `Try it by hand: pip install -r ${listing}`,
    });
  }
  if (spec.warm.length > 0) {
    const imports = spec.warm.map((name) => `\ntry:\n import ${name}\nexcept ImportError: pass`).join('');
    await run([target, '-c', imports], limits);
  }
};

const offline =
  /Temporary failure in name resolution|NewConnectionError|Network is unreachable|timed out|No matching distribution/i;

/**
 * A copy of the cached environment at its place in the project: files are hard links, scripts and `pyvenv.cfg` are
 * written anew with the new path. Deleting or upgrading packages in the copy leaves the cache as it is.
 */
export const cloneEnvironment = async (run: Run, from: string, to: string): Promise<'linked' | 'copied'> => {
  rmSync(to, { recursive: true, force: true });
  const linked = await run(['cp', '-al', from, to], { limitSeconds: 120 });
  if (linked.exitCode !== 0) {
    rmSync(to, { recursive: true, force: true });
    expectSuccess(await run(['cp', '-R', from, to], { limitSeconds: 600 }), 'Copying the Python environment');
  }
  for (const name of ['specwright-ready', 'requirements.txt']) rmSync(path.join(to, name), { force: true });
  const texts = ['pyvenv.cfg', ...readdirSync(path.join(to, 'bin')).map((name) => `bin/${name}`)];
  for (const name of texts) relocate(path.join(to, name), from, to);
  return linked.exitCode === 0 ? 'linked' : 'copied';
};

const relocate = (file: string, from: string, to: string): void => {
  if (lstatSync(file).isSymbolicLink() || !lstatSync(file).isFile()) return;
  const content = readFileSync(file);
  if (content.includes(0) || !content.includes(from)) return;
  const mode = statSync(file).mode;
  rmSync(file);
  writeFileSync(file, content.toString('utf8').replaceAll(from, to));
  chmodSync(file, mode);
};
