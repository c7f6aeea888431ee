import type { ServiceSpec } from './service-spec.ts';

export type SlaRow = {
  requirement: string;
  subject: string;
  op: string;
  asked: number;
  /** In the unit of the row; null: not measured here. */
  measured: number | null;
  unit: string | null;
  words: string | null;
  verdict: 'met' | 'not met' | 'not measured';
};

const meets: Record<string, (measured: number, asked: number) => boolean> = {
  '>=': (measured, asked) => measured >= asked,
  '>': (measured, asked) => measured > asked,
  '<=': (measured, asked) => measured <= asked,
  '<': (measured, asked) => measured < asked,
  '=': (measured, asked) => measured === asked,
};

/** The SLA rows with a figure against what was measured, by subject; what was not measured is neither met nor not. */
type Promised = Omit<ServiceSpec['slas'][number], 'subject'> & { subject: string };

export const slaRows = (slas: Promised[], measured: Record<string, number | null>): SlaRow[] =>
  slas
    .filter(({ value }) => typeof value === 'number')
    .map(({ requirement, subject, op, value, unit, words = null }) => {
      const asked = Number(value);
      const found = measured[subject] ?? null;
      const verdict = found === null ? 'not measured' : meets[op]?.(found, asked) ? 'met' : 'not met';
      return { requirement, subject, op, asked, measured: found, unit, words, verdict };
    });
