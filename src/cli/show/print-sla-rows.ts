import type { SlaRow } from '../../artifacts/service/sla-rows.ts';
import { type Console, oneLine } from './console.ts';

const tones = { met: 'good', 'not met': 'bad', 'not measured': 'dim' } as const;

/** A line for each requirement: what was asked, what was measured, whether it is met. */
export const printSlaRows = (console: Console, rows: SlaRow[]): void => {
  for (const { requirement, subject, op, asked, measured, unit, verdict } of rows) {
    const figure = measured === null ? '-' : `${rounded(measured)}${unit ? ` ${unit}` : ''}`;
    const row = `${requirement}  ${subject.padEnd(14)} ${`${op} ${asked}${unit ? ` ${unit}` : ''}`.padEnd(14)} ${figure.padEnd(14)}`;
    console.print(`${oneLine(row)} ${console.tone(tones[verdict], verdict)}`);
  }
};

export const rounded = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(4))) : 'no answer';
