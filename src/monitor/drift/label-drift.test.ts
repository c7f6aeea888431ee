import { describe, expect, it, test } from 'vitest';
import { chanceFrom } from '../../../bench/judge-traffic.ts';
import { serviceSpecSchema } from '../../artifacts/service/service-spec.ts';
import { type Figure, shortfall } from './bootstrap.ts';
import { findDrift } from './find-drift.ts';
import { aucFigure, labelFigure, r2Figure } from './label-figures.ts';
import type { DriftReference } from './reference.ts';
import { bleuFigure, chrfFigure } from './text-figures.ts';
import { familiarShare, wordsOf } from './text-measures.ts';
import type { WindowRow } from './window.ts';

const whole = (figure: Figure, n: number) => figure(new Uint16Array(n).fill(1));
const specOf = (subject: string, value: number) =>
  serviceSpecSchema.parse({
    name: 'tried',
    port: 8000,
    image: 'tried',
    slas: [{ requirement: 'REQ-004', subject, op: '>=', value }],
  });
const bare = (more: Partial<DriftReference> = {}): DriftReference => ({ n: 500, columns: [], ...more });

describe('figures of labels are those of the hold-out', () => {
  const rows = [
    ...Array.from({ length: 6 }, () => ({ prediction: 'a', truth: 'a' })),
    ...Array.from({ length: 2 }, () => ({ prediction: 'a', truth: 'b' })),
    { prediction: 'b', truth: 'a' },
    ...Array.from({ length: 3 }, () => ({ prediction: 'b', truth: 'b' })),
  ];
  // By scikit-learn: precision_score, recall_score, f1_score with average="macro", and pos_label="b".
  it.each([
    ['precision', null, 0.75],
    ['recall', null, 0.7285714285714286],
    ['f1', null, 0.7333333333333334],
    ['precision', 'b', 0.75],
    ['recall', 'b', 0.6],
    ['f1', 'b', 0.6666666666666666],
  ] as const)('%s of %s', (score, positive, expected) => {
    expect(whole(labelFigure(rows, score, positive), rows.length)).toBeCloseTo(expected, 12);
  });

  it('AUC counts ties half, and is not defined with one kind of rows', () => {
    const scored = [0.1, 0.4, 0.35, 0.8, 0.4].map((score, index) => ({ score, isPositive: index > 1 }));
    // roc_auc_score([0, 0, 1, 1, 1], [.1, .4, .35, .8, .4])
    expect(whole(aucFigure(scored), 5)).toBeCloseTo(0.75, 12);
    expect(whole(aucFigure(scored.slice(2)), 3)).toBeNull();
  });

  it('r2 is not defined without a variance', () => {
    const rows = [3, -0.5, 2, 7].map((truth, index) => ({ truth, prediction: [2.5, 0, 2, 8][index]! }));
    expect(whole(r2Figure(rows), 4)).toBeCloseTo(0.9486081370449679, 12);
    expect(whole(r2Figure(rows.map(({ prediction }) => ({ prediction, truth: 1 }))), 4)).toBeNull();
  });

  // By sacreBLEU 2: BLEU with tokenize 13a (zh for the last), CHRF; as shares of 1.
  it.each([
    [
      ['The cat sat on the mat.', "It costs 1,000.5 dollars, I'm told.", 'Hello - world 3-4'],
      ['The cat sat on a mat.', 'It cost 1,000.5 dollars, I am told.', 'Hello world 3-5'],
      0.30332942693653575,
      0.6868147772670095,
    ],
    [['a b c d e f', 'x y'], ['a b c d q f', 'x z y w'], 0.3845802836567295, 0.35683624988239726],
    [['one two three four five', 'six'], ['one two four five', 'six seven'], 0.401714209472326, 0.5620093165872652],
    [
      ['韦克斯福德郡在爱尔兰', '请在 3-5 天内回复 A&B'],
      ['韦克斯福德在爱尔兰岛', '请于 3-5 天内答复 A&B'],
      0.595726515397483,
      0.43950817700817696,
    ],
  ])('BLEU and chrF of %j', (truths, made, bleu, chrf) => {
    const pairs = truths.map((truth, index) => ({ truth, prediction: made[index]! }));
    expect(whole(bleuFigure(pairs), pairs.length)).toBeCloseTo(bleu, 10);
    expect(whole(chrfFigure(pairs), pairs.length)).toBeCloseTo(chrf, 10);
  });
});

/** Two classes; the model errs with the given chance, and its scores tell them apart as well as that. */
const labelled = (chance: () => number, count: number, error: number): WindowRow[] =>
  Array.from({ length: count }, () => {
    const truth = chance() < 0.4 ? 'yes' : 'no';
    const right = chance() >= error;
    const prediction = right === (truth === 'yes') ? 'yes' : 'no';
    const yes = prediction === 'yes' ? 0.5 + chance() / 2 : chance() / 2;
    return { input: {}, prediction, truth, scores: { yes, no: 1 - yes } };
  });
const numbered = (chance: () => number, count: number, noise: number): WindowRow[] =>
  Array.from({ length: count }, () => {
    const truth = 10 * chance();
    return { input: {}, truth, prediction: truth + noise * (chance() + chance() + chance() - 1.5) };
  });
const vocabulary = 'the cat dog sat ran on under mat tree with a quick brown fox and slow green bird'.split(' ');
const sentence = (chance: () => number, words = vocabulary): string =>
  Array.from({ length: 6 + Math.floor(chance() * 6) }, () => words[Math.floor(chance() * words.length)]).join(' ');
const translated = (chance: () => number, count: number, error: number): WindowRow[] =>
  Array.from({ length: count }, () => {
    const truth = sentence(chance);
    const prediction = truth
      .split(' ')
      .map((word) => (chance() < error ? 'zzzz' : word))
      .join(' ');
    return { input: {}, truth, prediction };
  });

describe('labels that came later', () => {
  it.each([
    ['precision', labelled, 0.05, 0.25, 0.85, 'yes'],
    ['recall', labelled, 0.05, 0.25, 0.85, 'yes'],
    ['recall', labelled, 0.05, 0.25, 0.85, null],
    ['f1', labelled, 0.05, 0.25, 0.85, 'yes'],
    ['macro_f1', labelled, 0.05, 0.25, 0.85, 'yes'],
    ['auc', labelled, 0.05, 0.3, 0.88, 'yes'],
    ['auc', labelled, 0.05, 0.3, 0.88, null],
    ['r2', numbered, 1, 6, 0.85, null],
    ['bleu', translated, 0.02, 0.3, 0.7, null],
    ['chrf', translated, 0.02, 0.3, 0.8, null],
  ] as const)(
    'show that %s is under its requirement, and that it is not',
    (subject, window, good, bad, limit, positive) => {
      const reference = bare({ positive });
      const found = findDrift(specOf(subject, limit), reference, window(chanceFrom(1), 400, bad));
      expect(found).toMatchObject({ verdict: 'quality moved', labels: 400 });
      expect(found.findings[0]).toMatchObject({
        requirement: 'REQ-004',
        kind: 'quality',
        what: subject,
        threshold: limit,
      });
      expect(found.findings[0]!.value).toBeLessThan(limit);
      expect(findDrift(specOf(subject, limit), reference, window(chanceFrom(2), 400, good)).findings).toEqual([]);
      const few = findDrift(specOf(subject, limit), reference, window(chanceFrom(3), 9, bad));
      expect(few.findings).toEqual([]);
    },
  );

  test('a figure that just keeps its limit raises an alarm no oftener than its level', () => {
    const of = { f1: (rows: WindowRow[]) => labelFigure(rows as never, 'f1', 'yes') };
    // With errors in a tenth of either class F1 is 2·0.36 / (0.4 + 0.42).
    const limit = (2 * 0.36) / (0.4 + 0.42);
    const chance = chanceFrom(7);
    const p = Array.from({ length: 150 }, () => {
      const rows = labelled(chance, 200, 0.1);
      return shortfall(of.f1(rows), rows.length, limit)!.p;
    });
    expect(p.filter((one) => one < 0.01).length / p.length).toBeLessThan(0.03);
    expect(p.filter((one) => one < 0.1).length / p.length).toBeLessThan(0.16);
  }, 60_000);
});

describe('texts', () => {
  const familiar = (texts: string[], frequent: string[]) =>
    texts.map((text) => familiarShare(text, new Set(frequent))!).sort((a, b) => a - b);
  const quantiles = (sorted: number[]) =>
    Array.from({ length: 21 }, (_, step) => sorted[Math.round((step / 20) * (sorted.length - 1))]!);
  const described = (values: number[]) => ({ quantiles: quantiles(values), mean: null, std: null });
  const chance = chanceFrom(11);
  const trained = Array.from({ length: 400 }, () => sentence(chance));
  const terms = vocabulary.slice(0, 12);
  const reference = bare({
    n: trained.length,
    columns: [
      {
        name: 'review',
        role: 'text',
        missing: 0,
        ...described(trained.map((text) => wordsOf(text).length).sort((a, b) => a - b)),
        terms,
        familiar: described(familiar(trained, terms)),
      },
    ],
  });
  const spec = specOf('accuracy', 0.9);
  const windowOf = (make: () => string): WindowRow[] =>
    Array.from({ length: 200 }, () => ({ input: { input: make() }, prediction: null }));

  it('of the same kind are as trained, month after month, also under the name that a service gives them', () => {
    const alarms = Array.from({ length: 60 }, () =>
      findDrift(
        spec,
        reference,
        windowOf(() => sentence(chance)),
      ),
    ).filter(({ findings }) => findings.length > 0);
    expect(alarms.length).toBeLessThanOrEqual(1);
  });

  it('that are longer are seen', () => {
    const found = findDrift(
      spec,
      reference,
      windowOf(() => `${sentence(chance)} ${sentence(chance)}`),
    );
    expect(found.verdict).toBe('inputs moved');
    expect(found.findings.map(({ what }) => what)).toContain('review');
  });

  it('of other words are seen at the same length', () => {
    const other = 'der die das hund katze lief unter matte baum mit schnell braun fuchs und langsam'.split(' ');
    const found = findDrift(
      spec,
      reference,
      windowOf(() => sentence(chance, other)),
    );
    expect(found.findings.map(({ what }) => what)).toEqual(['review: frequent words']);
    expect(found.findings[0]).toMatchObject({ requirement: 'REQ-004', measure: 'kolmogorov_smirnov' });
  });

  it('have words as the projects count them', () => {
    expect(wordsOf("It's 3.5 km_away: 韦克斯, Straße")).toEqual([
      'it',
      's',
      '3',
      '5',
      'km',
      'away',
      '韦',
      '克',
      '斯',
      'straße',
    ]);
  });
});
