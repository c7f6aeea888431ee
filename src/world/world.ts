import type { Config } from '../config.ts';
import { type Run, runProcess } from './processes.ts';

/** The effects that stages and capabilities may have; tests pass their own. */
export type World = {
  run: Run;
  fetch: typeof fetch;
  now: () => Date;
};

export const realWorld = (config: Config): World => ({
  run: runProcess(config.childEnvironment),
  fetch: globalThis.fetch,
  now: () => new Date(),
});
