import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config.ts';
import { AppError, messageOf } from '../errors.ts';
import { readText } from '../world/files.ts';
import type { Run, RunOptions, RunResult } from '../world/processes.ts';
import { type CachedEnvironment, cachedEnvironment } from './cached-environment.ts';
import { startPreloadedPython } from './preloaded-python.ts';
import { findPython, type Python } from './python.ts';
import { pinnedRequirements, withPackages } from './requirement-files.ts';

type VenvRules = {
  python: { minimum: string; maximum: string };
  install_limit_seconds: number;
  pip_version: string;
  versions: Record<string, string>;
};

/** Python for a run: found once, built once, started once, each when it is first asked for. */
export type Workbench = {
  python(): Promise<Python>;
  environment(): Promise<CachedEnvironment>;
  /** Why the environment has no PaddlePaddle although it was asked for; null: it has it, or nobody asked. */
  withoutPaddle(): Promise<string | null>;
  /** Runs a script in a fork of the preloaded process. */
  fork(script: readonly string[], options: RunOptions & { cwd: string }): Promise<RunResult>;
  /** Begins to build and to load before anybody asks. */
  warmUp(): void;
  /** Seconds that were spent on building the environment and on loading Python; null: not (yet) done. */
  timings(): { environment: number | null; preload: number | null };
  close(): Promise<void>;
};

export const createWorkbench = (options: {
  config: Config;
  run: Run;
  rules: VenvRules;
  templateFolder: string;
  /** Packages that some families need beside those of the template's files. */
  packages: string[];
  /** A second framework: its requirement file, and whether the run goes on where no wheel of it fits. */
  paddle?: { requirements: string; optional: boolean } | null;
  scratch: string;
}): Workbench => {
  const { config, run, rules, templateFolder } = options;
  const closing = new AbortController();
  /** What builds the environment ends with the run that asked for it. */
  const stoppable: Run = (argv, runOptions) => run(argv, { signal: closing.signal, ...runOptions });
  const modules = (name: string) => readModules(path.join(templateFolder, name));
  const timings: { environment: number | null; preload: number | null } = { environment: null, preload: null };
  const python = once(() => findPython(run, rules.python, config.python));
  const paddle = options.paddle ?? null;
  const pinned = (text: string) => pinnedRequirements(text, rules.versions);
  const build = async (more: { requirements: string[]; warm: string[] }) =>
    cachedEnvironment(stoppable, config.cacheFolder, await python(), {
      requirements: [
        ...pinned(
          withPackages(readText(path.join(templateFolder, 'requirements-cpu.txt')), options.packages, rules.versions),
        ),
        ...pinned(readText(path.join(templateFolder, 'requirements-dev.txt'))),
        ...more.requirements,
      ],
      pipVersion: rules.pip_version,
      warm: [...modules('preload.txt'), ...more.warm],
      limitSeconds: rules.install_limit_seconds,
    });
  const plain = () => build({ requirements: [], warm: [] });
  let without: string | null = null;
  const environment = once(async () => {
    const built = paddle
      ? await build({ requirements: pinned(readText(paddle.requirements)), warm: ['paddle'] }).catch(
          (error: unknown) => {
            const reason = noWheel(error);
            if (reason === null) throw error;
            if (!paddle.optional) throw paddleMissing(reason);
            without = reason;
            return plain();
          },
        )
      : await plain();
    timings.environment = built.seconds;
    return built;
  });
  const preloaded = once(async () => {
    const { python: executable } = await environment();
    const started = performance.now();
    const server = await startPreloadedPython({
      python: executable,
      server: path.join(config.packageFolder, 'python', 'preload.py'),
      modules: [...modules('preload.txt'), ...(paddle && without === null ? ['paddle'] : [])],
      scratch: options.scratch,
      environment: config.childEnvironment,
      signal: closing.signal,
    });
    timings.preload = (performance.now() - started) / 1000;
    return server;
  });
  let started = false;
  return {
    python,
    environment,
    withoutPaddle: async () => {
      await environment();
      return without;
    },
    fork: async (script, runOptions) => {
      started = true;
      return (await preloaded()).run(script, runOptions);
    },
    warmUp: () => {
      started = true;
      preloaded().catch(() => undefined); // told by whoever needs it first
    },
    timings: () => timings,
    close: async () => {
      if (!started) return;
      closing.abort();
      await preloaded().then(
        (server) => server.close(),
        () => undefined,
      );
    },
  };
};

/** pip's line where the index has no wheel of PaddlePaddle for this platform and Python; null: another failure. */
const noWheel = (error: unknown): string | null =>
  /No matching distribution found for paddlepaddle\S*/i.exec(messageOf(error))?.[0] ?? null;

const paddleMissing = (reason: string): AppError =>
  new AppError('tool.failed', `PaddlePaddle cannot be installed on this machine: ${reason}`, {
    hint: 'Point SPECWRIGHT_PYTHON at a Python for which it has a wheel, put a wheel into PIP_FIND_LINKS, or train with PyTorch: --framework torch.',
  });

const readModules = (file: string): string[] =>
  existsSync(file)
    ? readText(file)
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '' && !line.startsWith('#'))
    : [];

const once = <Value>(make: () => Promise<Value>): (() => Promise<Value>) => {
  let value: Promise<Value> | undefined;
  return () => {
    value ??= make();
    return value;
  };
};
