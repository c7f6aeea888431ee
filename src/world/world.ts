import type { Config } from '../config.ts';
import { type Run, runProcess } from './processes.ts';
import { createWatchdog, type Watchdog } from './watchdog.ts';

/** The effects that stages and capabilities may have; tests pass their own. */
export type World = {
  run: Run;
  fetch: typeof fetch;
  now: () => Date;
  watchdog: Watchdog;
};

export const realWorld = (config: Config): World => {
  const watchdog = createWatchdog(config.childEnvironment);
  return {
    run: runProcess(config.childEnvironment, watchdog),
    fetch: globalThis.fetch,
    now: () => new Date(),
    watchdog,
  };
};
