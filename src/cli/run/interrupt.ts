import { exitWith } from '../exit.ts';

/** A terminal's Ctrl-C reaches us twice, directly and through the launcher: within this time they are one. */
const oneKeyMs = 1000;

/** Aborts at the first SIGINT or SIGTERM, so that children end and the journal stays whole; a later one ends at once. */
export const interruptible = async <Result>(
  onFirst: () => void,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const controller = new AbortController();
  let first = 0;
  const onSignal = () => {
    if (first === 0) {
      first = Date.now();
      onFirst();
      controller.abort();
    } else if (Date.now() - first > oneKeyMs) {
      exitWith(130);
    }
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
};
