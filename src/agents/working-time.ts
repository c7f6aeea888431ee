/** A limit of time for one task that stands still while a person thinks. */
export type WorkingTime = { signal: AbortSignal; resting<T>(work: () => Promise<T>): Promise<T>; end(): void };

export const workingTime = (limitMs: number): WorkingTime => {
  const controller = new AbortController();
  let left = limitMs;
  let since = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const go = () => {
    since = performance.now();
    timer = setTimeout(
      () => controller.abort(new DOMException('the time for this task is over', 'TimeoutError')),
      left,
    );
  };
  const stop = () => {
    clearTimeout(timer);
    left = Math.max(0, left - (performance.now() - since));
  };
  go();
  return {
    signal: controller.signal,
    resting: async (work) => {
      stop();
      try {
        return await work();
      } finally {
        go();
      }
    },
    end: () => clearTimeout(timer),
  };
};
