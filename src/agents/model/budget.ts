/** What may be spent. Money only where the price of the model is known. */
export type Limits = { usd?: number | undefined; tokens: number; calls: number; minutes: number };
export type Spent = { usd: number; tokens: number; calls: number; minutes: number };

/** US dollars a million tokens. */
export type Price = { input: number; output: number; cached: number };
export type Usage = { input: number; output: number; cached: number };

/** What a call cost; null where nobody told the price of the model. The longest name that the model begins with counts. */
export const costOf = (model: string, usage: Usage, prices: Record<string, Price>): number | null => {
  const name = Object.keys(prices)
    .filter((one) => model.startsWith(one))
    .sort((a, b) => b.length - a.length)[0];
  if (name === undefined) return null;
  const { input, output, cached } = prices[name]!;
  return ((usage.input - usage.cached) * input + usage.cached * cached + usage.output * output) / 1e6;
};

export type Meter = {
  /** Work that costs no time, such as waiting for a person's answer. */
  resting<T>(work: () => Promise<T>): Promise<T>;
  spent(): Spent;
  add(usage: Usage, usd: number | null): void;
  /** What of the limits is used up, or null. */
  exhausted(): string | null;
  /** The largest share of a limit that is used, 0..1 and above. */
  share(): number;
};

/** Counts against one set of limits. Minutes run while somebody works, not between. */
export const createMeter = (
  limits: Limits,
  now: () => number = () => performance.now(),
): Meter & { working<T>(work: () => Promise<T>): Promise<T> } => {
  const spent: Spent = { usd: 0, tokens: 0, calls: 0, minutes: 0 };
  let since: number | null = null;
  const current = (): Spent => ({ ...spent, minutes: spent.minutes + (since === null ? 0 : (now() - since) / 60_000) });
  const shares = (): [string, number][] => {
    const used = current();
    return (['usd', 'tokens', 'calls', 'minutes'] as const).flatMap((name) => {
      const limit = limits[name];
      return limit === undefined
        ? []
        : [[`${name} ${Number(used[name].toPrecision(4))} of ${limit}`, used[name] / limit] as [string, number]];
    });
  };
  return {
    spent: current,
    add: (usage, usd) => {
      spent.calls += 1;
      spent.tokens += usage.input + usage.output;
      spent.usd += usd ?? 0;
    },
    exhausted: () => shares().find(([, share]) => share >= 1)?.[0] ?? null,
    share: () => Math.max(...shares().map(([, share]) => share)),
    resting: async (work) => {
      spent.minutes = current().minutes;
      const running = since !== null;
      since = null;
      try {
        return await work();
      } finally {
        if (running) since = now();
      }
    },
    working: async (work) => {
      since = now();
      try {
        return await work();
      } finally {
        spent.minutes = current().minutes;
        since = null;
      }
    },
  };
};
