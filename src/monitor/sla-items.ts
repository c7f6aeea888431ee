import type { Item } from '../artifacts/requirements.ts';
import type { SlaItem } from './rule.ts';

/** The measurable rows of the requirements, each with the brief's very words where it has them. */
export const slaItems = (items: Item[]): SlaItem[] =>
  items.flatMap(({ id, kind, subject, op, value, unit, quote }) => {
    if (kind !== 'sla' || typeof value !== 'number') return [];
    const words = quote ?? [subject, op, value, unit].filter((part) => part !== null).join(' ');
    return [{ id, subject, op, value, unit, words }];
  });
