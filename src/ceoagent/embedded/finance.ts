/** Money of an option over its years; amounts in the currency of the question, rates as shares. */
export type Cashflow = {
  /** Spent at once, at the beginning. */
  investment: number;
  /** Gross return at the end of each year. */
  annual: number;
  /** Cost of a year, which does not grow with the return. */
  running?: number;
  /** Growth of the return from year to year. */
  growth: number;
  years: number;
};

/** Net present value: -I + Σ (R(1+g)^(t-1) - C) / (1+r)^t (Brealey, Myers & Allen, Principles of Corporate Finance, ch. 2). */
export const netPresentValue = ({ investment, annual, running = 0, growth, years }: Cashflow, rate: number): number => {
  let value = -investment;
  for (let year = 1; year <= Math.ceil(years); year++) {
    const part = Math.min(1, years - year + 1);
    value += (part * (annual * (1 + growth) ** (year - 1) - running)) / (1 + rate) ** year;
  }
  return value;
};

/** Years until the returns, undiscounted, have paid the investment back; null: never within 100 years. */
export const paybackYears = ({ investment, annual, running = 0, growth }: Cashflow): number | null => {
  if (investment <= 0) return 0;
  let left = investment;
  for (let year = 1; year <= 100; year++) {
    const back = annual * (1 + growth) ** (year - 1) - running;
    if (back <= 0 && growth <= 0) return null;
    if (back >= left) return year - 1 + left / back;
    left -= back;
  }
  return null;
};

/** The rate at which the net present value is zero, by bisection over -99 % … 1000 %; null: there is none. */
export const internalRate = (cashflow: Cashflow): number | null => {
  let [low, high] = [-0.99, 10];
  if (cashflow.investment <= 0 || netPresentValue(cashflow, low) * netPresentValue(cashflow, high) > 0) return null;
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (netPresentValue(cashflow, middle) > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
};

/** Share of the planned return at which the net present value is zero; null where nothing is returned. */
export const breakEvenShare = (cashflow: Cashflow, rate: number): number | null => {
  const returned = netPresentValue({ ...cashflow, investment: 0, running: 0 }, rate);
  const spent = -netPresentValue({ ...cashflow, annual: 0 }, rate);
  return returned > 0 ? spent / returned : null;
};

export type Driver = 'return' | 'investment' | 'running' | 'rate';
export type Sensitivity = { driver: Driver; low: number; high: number };

/** Net present value where one driver is a fifth worse and a fifth better, the others as planned. */
export const sensitivities = (cashflow: Cashflow, rate: number, by = 0.2): Sensitivity[] => [
  {
    driver: 'return',
    low: netPresentValue({ ...cashflow, annual: cashflow.annual * (1 - by) }, rate),
    high: netPresentValue({ ...cashflow, annual: cashflow.annual * (1 + by) }, rate),
  },
  {
    driver: 'investment',
    low: netPresentValue({ ...cashflow, investment: cashflow.investment * (1 + by) }, rate),
    high: netPresentValue({ ...cashflow, investment: cashflow.investment * (1 - by) }, rate),
  },
  {
    driver: 'running',
    low: netPresentValue({ ...cashflow, running: (cashflow.running ?? 0) * (1 + by) }, rate),
    high: netPresentValue({ ...cashflow, running: (cashflow.running ?? 0) * (1 - by) }, rate),
  },
  {
    driver: 'rate',
    low: netPresentValue(cashflow, rate * (1 + by)),
    high: netPresentValue(cashflow, rate * (1 - by)),
  },
];
