import type { DriftFinding } from '../../artifacts/documents/change-proposal.ts';
import type { ServiceSpec } from '../../artifacts/service/service-spec.ts';
import { binomialTail } from '../../rollout/judge/exact-rates.ts';
import { isQuality } from '../sla-rules.ts';
import { againstSlas } from './against-slas.ts';
import { type Distance, distanceFrom } from './distance.ts';
import type { DriftReport } from './finding.ts';
import { type Described, type DriftReference, isNumbers, isShares } from './reference.ts';
import { charactersIn, familiarShare, wordsOf } from './text-measures.ts';
import type { WindowRow } from './window.ts';

/**
 * Chance that a window in which nothing has changed raises any alarm: over thirty windows, one a day, 0.3 alarms are
 * expected at most. It is divided by the number of tests (Bonferroni), so that many columns raise no more than few.
 */
const falseAlarmOfWindow = 0.01;
/** Rows of a window below which only the promises of the spec are looked at. */
const fewestRows = 30;
/** Values that no training row had: a share of them that counts. */
const smallestUnseen = 0.05;

type Candidate = Omit<DriftFinding, 'level'> & { smallest: number };

/** A window of production against the spec's promises and against what the model was trained on. */
export const findDrift = (
  { slas }: Pick<ServiceSpec, 'slas'>,
  reference: DriftReference,
  given: WindowRow[],
): DriftReport => {
  const rows = given.map((row) => named(row, reference));
  const touched = slas.find(({ subject }) => isQuality(subject))?.requirement ?? null;
  const promised = againstSlas(slas, rows, reference.positive ?? null);
  const enough = rows.length >= fewestRows;
  const candidates: Candidate[] = [
    ...promised.flatMap(({ found }) => (found ? [{ ...found, smallest: 0 }] : [])),
    ...(enough ? [...ofColumns(reference, rows, touched), ...ofPredictions(reference, rows, touched)] : []),
  ];
  const level = falseAlarmOfWindow / Math.max(1, candidates.length);
  const findings = candidates
    .filter(({ p, effect_size, smallest }) => p < level && effect_size > 0 && effect_size >= smallest)
    .map(({ smallest, ...finding }) => ({ ...finding, level }));
  const labels = rows.filter(({ truth, prediction }) => truth != null && prediction != null).length;
  return {
    verdict: verdictOf(findings, enough),
    rows: rows.length,
    labels,
    tests: candidates.length,
    findings,
    unknown: unknownOf(promised, { enough, rows: rows.length }),
  };
};

/** A service whose input is one text or image has no name for it; the training rows' only column has. */
const named = (row: WindowRow, { columns: [only, ...others] }: DriftReference): WindowRow => {
  if (!only || others.length > 0 || only.name === 'input') return row;
  const isBare = Object.keys(row.input).length === 1 && 'input' in row.input;
  return isBare ? { ...row, input: { [only.name]: row.input.input } } : row;
};

const verdictOf = (findings: DriftFinding[], enough: boolean): DriftReport['verdict'] => {
  const has = (...kinds: DriftFinding['kind'][]) => findings.some(({ kind }) => kinds.includes(kind));
  if (has('quality')) return 'quality moved';
  if (has('service')) return 'promise broken';
  if (has('schema', 'input', 'prediction')) return 'inputs moved';
  return enough ? 'as trained' : 'too little data';
};

const unknownOf = (
  promised: ReturnType<typeof againstSlas>,
  { enough, rows }: { enough: boolean; rows: number },
): string[] => [
  ...promised
    .filter(({ found }) => found === null)
    .map(({ sla }) => `${sla.requirement} ${sla.subject}: the window has too little of what it is measured by`),
  ...(enough ? [] : [`${rows} rows; distributions need ${fewestRows}`]),
];

const ofColumns = ({ columns, n }: DriftReference, rows: WindowRow[], requirement: string | null): Candidate[] => {
  const names = new Set(columns.map(({ name }) => name));
  const foreign = [...new Set(rows.flatMap(({ input }) => Object.keys(input)))].filter((name) => !names.has(name));
  return [
    ...foreign.map((what) =>
      schemaCandidate(
        { requirement, what, measure: 'share_with_unknown_column' },
        rows.filter(({ input }) => what in input).length,
        rows.length,
        1 / n,
      ),
    ),
    ...columns.flatMap((column) => {
      const values = rows.map(({ input }) => input[column.name]);
      const given = values.filter((value) => value !== null && value !== undefined && value !== '');
      const named = { requirement, what: column.name };
      // The reference's own share is known from n rows only: it may be larger by about two standard errors.
      const usual = Math.min(1, column.missing + 2 * Math.sqrt((column.missing * (1 - column.missing)) / n) + 1 / n);
      const unusable = column.role === 'numeric' ? given.filter((value) => !Number.isFinite(Number(value))).length : 0;
      const unseen = isShares(column)
        ? given.filter((value) => !Object.hasOwn(column.shares, String(value))).length
        : 0;
      return [
        schemaCandidate({ ...named, measure: 'share_missing' }, values.length - given.length, values.length, usual),
        ...(column.role === 'numeric'
          ? [schemaCandidate({ ...named, measure: 'share_not_a_number' }, unusable, given.length, 1 / n)]
          : []),
        ...(isShares(column) && Object.keys(column.shares).length < 50
          ? [
              {
                ...schemaCandidate({ ...named, measure: 'share_of_unseen_values' }, unseen, given.length, 3 / n),
                smallest: smallestUnseen,
              },
            ]
          : []),
        ...distancesOf(column, n, given).flatMap(({ what, distance }) =>
          distance && distance.n >= fewestRows ? [distanceCandidate('input', { requirement, what }, distance)] : [],
        ),
      ];
    }),
  ];
};

type Column = DriftReference['columns'][number];

/** How far the column lies from its training: as it is, and of texts also how much of their words training knew. */
const distancesOf = (column: Column, n: number, given: unknown[]): { what: string; distance: Distance | null }[] => {
  const measured = { what: column.name, distance: distanceFrom(column, n, asMeasured(column.role, given)) };
  if (!column.terms || !column.familiar) return [measured];
  const frequent = new Set(column.terms);
  const shares = given.map((value) => familiarShare(String(value), frequent)).filter((value) => value !== null);
  return [measured, { what: `${column.name}: frequent words`, distance: distanceFrom(column.familiar, n, shares) }];
};

const ofPredictions = (
  { prediction, n }: DriftReference,
  rows: WindowRow[],
  requirement: string | null,
): Candidate[] => {
  const made = rows.flatMap((row) => (row.prediction == null ? [] : [row.prediction]));
  const distance =
    prediction && made.length >= fewestRows
      ? distanceFrom(
          prediction,
          n,
          made.map((one) => asCounted(one, prediction)),
        )
      : null;
  return distance ? [distanceCandidate('prediction', { requirement, what: 'prediction' }, distance)] : [];
};

type Named = Pick<Candidate, 'requirement' | 'what'>;

const schemaCandidate = (named: Named & { measure: string }, count: number, n: number, usual: number): Candidate => ({
  kind: 'schema',
  ...named,
  value: n === 0 ? 0 : count / n,
  threshold: usual,
  n,
  effect_size: n === 0 ? 0 : count / n - usual,
  p: binomialTail(count, n, usual),
  smallest: 0,
});

const distanceCandidate = (kind: 'input' | 'prediction', named: Named, distance: Distance): Candidate => ({
  kind,
  ...named,
  measure: distance.measure,
  value: distance.effect,
  threshold: distance.smallest,
  n: distance.n,
  effect_size: distance.effect,
  p: distance.p,
  smallest: distance.smallest,
});

const millisecondsOfDay = 86_400_000;

/** Values as the reference measures them: dates in days, truth values by their names, texts by their length. */
const asMeasured = (role: string, values: unknown[]): unknown[] => {
  if (role === 'datetime') return values.map((value) => Date.parse(String(value)) / millisecondsOfDay);
  if (role === 'text') return values.map((value) => wordsOf(String(value)).length);
  if (role === 'source') return values.map((value) => charactersIn(String(value)));
  return role === 'boolean' ? values.map((value) => String(value).toLowerCase()) : values;
};

/** Of a text that is predicted the reference holds the length. */
const asCounted = (made: string | number, reference: Described): string | number =>
  isNumbers(reference) && typeof made === 'string' && !Number.isFinite(Number(made)) ? [...made].length : made;
