import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { readJson, readText } from '../../world/files.ts';

export type Compared = { people: number; threshold: number; points: ErrorRates[] };
type ErrorRates = { threshold: number; far: number; frr: number };

const evaluation = z.object({ people: z.number(), threshold: z.number() });

/** What the evaluation of a family that compares people says beside its metrics; null for the other families. */
export const readCompared = (root: string, name: string): Compared | null => {
  const file = path.join(root, 'runs/holdout', `${name}.curve.csv`);
  if (!existsSync(file)) return null;
  const [, ...lines] = readText(file).trimEnd().split('\n');
  const points = lines.map((line) => {
    const [threshold, far, frr] = line.split(',').map(Number);
    return { threshold: threshold!, far: far!, frr: frr! };
  });
  return { ...evaluation.parse(readJson(path.join(root, 'runs/holdout', `${name}.json`))), points };
};

const [left, top, width, height] = [60, 40, 600, 240];

/** Both error rates against the threshold, and the threshold that decides; an SVG without fonts or scripts from elsewhere. */
export const errorRatesPicture = ({ points, threshold }: Compared, say: (zh: string, en: string) => string): string => {
  const low = Math.min(threshold, ...points.map((point) => point.threshold));
  const high = Math.max(threshold, ...points.map((point) => point.threshold));
  const x = (value: number) => (left + ((value - low) / Math.max(high - low, 1e-9)) * width).toFixed(1);
  const y = (rate: number) => (top + (1 - rate) * height).toFixed(1);
  const line = (rate: 'far' | 'frr', colour: string) =>
    `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points.map((point) => `${x(point.threshold)},${y(point[rate])}`).join(' ')}"/>`;
  const title = say('留出集上的误识率与拒识率', 'False accept and false reject rate on the hold-out');
  const rates = [0, 0.25, 0.5, 0.75, 1].map(
    (rate) =>
      `<line x1="${left}" x2="${left + width}" y1="${y(rate)}" y2="${y(rate)}" stroke="#dddddd"/><text x="${left - 8}" y="${Number(y(rate)) + 4}" text-anchor="end">${rate}</text>`,
  );
  const ends = [low, high].map(
    (value) => `<text x="${x(value)}" y="${top + height + 18}" text-anchor="middle">${value.toFixed(2)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 330" font-family="sans-serif" font-size="13" role="img" aria-label="${title}">`,
    '<rect width="720" height="330" fill="#ffffff"/>',
    `<text x="${left}" y="20" font-weight="bold">${title}</text>`,
    ...rates,
    ...ends,
    line('far', '#b3402a'),
    line('frr', '#3b6ea5'),
    `<line x1="${x(threshold)}" x2="${x(threshold)}" y1="${top}" y2="${top + height}" stroke="#555555" stroke-dasharray="4 3"/>`,
    `<text x="${x(threshold)}" y="${top - 6}" text-anchor="middle">${say('阈值', 'threshold')} ${threshold.toFixed(3)}</text>`,
    `<text x="${left}" y="${top + height + 40}" fill="#b3402a">${say('误识率', 'false accept rate')}</text>`,
    `<text x="${left + 180}" y="${top + height + 40}" fill="#3b6ea5">${say('拒识率', 'false reject rate')}</text>`,
    '</svg>\n',
  ].join('');
};
