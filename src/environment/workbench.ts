import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config.ts';
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
  scratch: string;
}): Workbench => {
  const { config, run, rules, templateFolder } = options;
  const closing = new AbortController();
  /** What builds the environment ends with the run that asked for it. */
  const stoppable: Run = (argv, runOptions) => run(argv, { signal: closing.signal, ...runOptions });
  const modules = (name: string) => readModules(path.join(templateFolder, name));
  const timings: { environment: number | null; preload: number | null } = { environment: null, preload: null };
  const python = once(() => findPython(run, rules.python, config.python));
  const environment = once(async () => {
    const built = await cachedEnvironment(stoppable, config.cacheFolder, await python(), {
      requirements: [
        ...pinnedRequirements(
          withPackages(readText(path.join(templateFolder, 'requirements-cpu.txt')), options.packages, rules.versions),
          rules.versions,
        ),
        ...pinnedRequirements(readText(path.join(templateFolder, 'requirements-dev.txt')), rules.versions),
      ],
      pipVersion: rules.pip_version,
      warm: modules('preload.txt'),
      limitSeconds: rules.install_limit_seconds,
    });
    timings.environment = built.seconds;
    return built;
  });
  const preloaded = once(async () => {
    const { python: executable } = await environment();
    const started = performance.now();
    const server = await startPreloadedPython({
      python: executable,
      server: path.join(config.packageFolder, 'python', 'preload.py'),
      modules: modules('preload.txt'),
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
