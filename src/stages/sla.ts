import type { Item } from '../artifacts/requirements.ts';
import { type Group, vocabulary } from '../artifacts/vocabulary.ts';

export type SlaResult = {
  id: string;
  subject: string;
  op: string;
  asked: number;
  measured: number | null;
  unit: string | null;
  met: boolean;
};

const compare: Record<string, (measured: number, asked: number) => boolean> = {
  '>=': (measured, asked) => measured >= asked,
  '>': (measured, asked) => measured > asked,
  '<=': (measured, asked) => measured <= asked,
  '<': (measured, asked) => measured < asked,
  '=': (measured, asked) => measured === asked,
};

/** The SLA rows of some groups against what was measured; nothing measured is not met. */
export const checkSlas = (
  items: Item[],
  measured: Record<string, number>,
  groups: Group[],
  only?: string[],
): SlaResult[] =>
  items
    .filter(
      ({ kind, subject }) =>
        kind === 'sla' && groups.includes(vocabulary[subject].group) && (!only || only.includes(subject)),
    )
    .map((item) => {
      const value = measured[item.subject] ?? null;
      const asked = Number(item.value);
      const met = value !== null && Number.isFinite(asked) && (compare[item.op]?.(value, asked) ?? false);
      return { id: item.id, subject: item.subject, op: item.op, asked, measured: value, unit: item.unit, met };
    });
