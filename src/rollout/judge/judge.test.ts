import canonicalize from 'canonicalize';
import { describe, expect, test } from 'vitest';
import { serviceSpecSchema } from '../../artifacts/service/service-spec.ts';
import { requestsNeeded, upperBound } from './exact-rates.ts';
import { judge } from './judge.ts';
import { type JudgeInput, judgeInput, type RequestRecord, type Slot } from './judgement.ts';

const policy = serviceSpecSchema.parse({ name: 'tried', port: 8000, image: 'tried' }).rollout.judge;

/** `n` requests, evenly over ten minutes after the warm-up; every `failing`th fails. */
const requestsOf = (
  slot: Slot,
  n: number,
  { failing = Number.POSITIVE_INFINITY, ms = 20, status = 500 } = {},
): RequestRecord[] =>
  Array.from({ length: n }, (_, index) => ({
    slot,
    at: 2000 + ((index + (slot === 'canary' ? 0.5 : 0)) * 600_000) / n,
    status: (index + 1) % failing === 0 ? status : 200,
    ms: ms + ((index * 7919) % 101) / 10,
  }));

const inputOf = (requests: RequestRecord[], changes: Partial<JudgeInput> = {}): JudgeInput => ({
  policy,
  looks: { planned: 10, this: 10 },
  requests,
  predictions: null,
  quality: null,
  missing_metrics: [],
  ...changes,
});

const verdictOf = (input: JudgeInput, check: string) =>
  judge(input).checks.find((found) => found.check === check)?.verdict;
const good = [...requestsOf('stable', 3000), ...requestsOf('canary', 3000)];

describe('the judge', () => {
  test('passes a version that is like the old one', () => {
    expect(judge(inputOf(good)).verdict).toBe('pass');
  });

  test('fails a version that fails one request in a hundred where the old one fails none', () => {
    const requests = [...requestsOf('stable', 3000), ...requestsOf('canary', 3000, { failing: 100 })];
    expect(verdictOf(inputOf(requests), 'errors')).toBe('fail');
    expect(judge(inputOf(requests)).verdict).toBe('fail');
  });

  test('does not blame the new version for what both fail', () => {
    const requests = [...requestsOf('stable', 3000, { failing: 10 }), ...requestsOf('canary', 3000, { failing: 10 })];
    expect(verdictOf(inputOf(requests), 'errors')).not.toBe('fail');
  });

  test('fails a version that refuses what the old one takes', () => {
    const requests = [...requestsOf('stable', 3000), ...requestsOf('canary', 3000, { failing: 20, status: 422 })];
    expect(judge(inputOf(requests)).checks[0]).toMatchObject({
      verdict: 'fail',
      because: expect.stringContaining('4xx'),
    });
  });

  test('fails a version that is slower than tolerated, and passes one that is slower within it', () => {
    const stable = requestsOf('stable', 3000);
    expect(verdictOf(inputOf([...stable, ...requestsOf('canary', 300, { ms: 120 })]), 'latency')).toBe('fail');
    expect(verdictOf(inputOf([...stable, ...requestsOf('canary', 3000, { ms: 22 })]), 'latency')).toBe('pass');
  });

  test('fails a version whose tail alone is slower', () => {
    const canary = requestsOf('canary', 2000).map((record, index) =>
      index % 8 === 0 ? { ...record, ms: 150 } : record,
    );
    const found = judge(inputOf([...requestsOf('stable', 2000), ...canary])).checks.find(
      ({ check }) => check === 'latency',
    );
    expect(found).toMatchObject({ verdict: 'fail', because: expect.stringContaining('percentile') });
  });

  test('takes no data neither for success nor for failure', () => {
    expect(judge(inputOf([])).verdict).toBe('cannot measure');
    expect(judge(inputOf(requestsOf('stable', 3000))).verdict).toBe('cannot measure');
    expect(judge(inputOf(requestsOf('canary', 3000))).verdict).toBe('inconclusive');
  });

  test('says how many more requests a rate needs: 2,995 clean ones for 0.1 %', () => {
    expect(requestsNeeded(0, 0.001, 0.95)).toBe(2995);
    expect(upperBound(0, 2995, 0.95)).toBeLessThanOrEqual(0.001);
    expect(upperBound(0, 2994, 0.95)).toBeGreaterThan(0.001);
    const found = judge(
      inputOf([...requestsOf('stable', 3000), ...requestsOf('canary', 1000)], {
        policy: { ...policy, error_rate: 0.001 },
      }),
    );
    expect(found.checks[0]).toMatchObject({ verdict: 'inconclusive', figures: { more_needed: 1995 } });
  });

  test('without a figure says a number that does not run away while the old version is asked as well', () => {
    const { error_rate, ...bare } = { error_rate: undefined, ...policy };
    const more = (stable: number, canary: number) =>
      judge(inputOf([...requestsOf('stable', stable), ...requestsOf('canary', canary)], { policy: bare })).checks[0]!;
    // Three requests of four to the old version: 299 for 1 %, whether 29 or 129 have come.
    expect(more(87, 29)).toMatchObject({ verdict: 'inconclusive', figures: { more_needed: 270 } });
    expect(more(387, 129)).toMatchObject({ verdict: 'inconclusive', figures: { more_needed: 170 } });
    expect(more(87, 29).because).toContain('270 more without a failure are needed to prove at most 1 %');
    expect(more(897, 299)).toMatchObject({ verdict: 'pass', figures: { more_needed: 0 } });
  });

  test('needs 59 answers for a p95', () => {
    const requests = [...requestsOf('stable', 1000), ...requestsOf('canary', 58)];
    expect(judge(inputOf(requests)).checks.find(({ check }) => check === 'latency')).toMatchObject({
      verdict: 'inconclusive',
      because: expect.stringContaining('1 more'),
    });
  });

  test('leaves the warm-up out', () => {
    const cold = Array.from({ length: 200 }, (_, index) => ({
      slot: 'canary' as const,
      at: index * 9,
      status: 503,
      ms: 900,
    }));
    expect(judge(inputOf([...cold, ...good])).verdict).toBe('pass');
  });

  test('cannot measure where a metric of the policy is missing', () => {
    const found = judge(inputOf(good, { missing_metrics: ['token_count'] }));
    expect(found.verdict).toBe('cannot measure');
    expect(found.checks[0]!.because).toContain('token_count');
  });

  test('fails moved predictions, and asks for more where they are few', () => {
    const stable = { a: 500, b: 500 };
    expect(verdictOf(inputOf(good, { predictions: { stable, canary: { a: 480, b: 520 } } }), 'predictions')).toBe(
      'pass',
    );
    expect(verdictOf(inputOf(good, { predictions: { stable, canary: { a: 900, b: 100 } } }), 'predictions')).toBe(
      'fail',
    );
    expect(verdictOf(inputOf(good, { predictions: { stable, canary: { a: 6, b: 2 } } }), 'predictions')).toBe(
      'inconclusive',
    );
  });

  test('fails worse answers by labels and by errors', () => {
    const right = (canary: { right: number; wrong: number }) =>
      verdictOf(inputOf(good, { quality: { kind: 'right', stable: { right: 950, wrong: 50 }, canary } }), 'quality');
    expect(right({ right: 940, wrong: 60 })).toBe('pass');
    expect(right({ right: 800, wrong: 200 })).toBe('fail');
    expect(right({ right: 9, wrong: 1 })).toBe('inconclusive');
    const errors = Array.from({ length: 300 }, (_, index) => ((index * 37) % 100) / 10);
    const byError = (factor: number) =>
      verdictOf(
        inputOf(good, { quality: { kind: 'error', stable: errors, canary: errors.map((error) => error * factor) } }),
        'quality',
      );
    expect(byError(1)).toBe('pass');
    expect(byError(3)).toBe('fail');
  });

  test('says the same bytes however the records are ordered and however often it is asked', () => {
    const input = judgeInput.parse(JSON.parse(JSON.stringify(inputOf(good))));
    const first = canonicalize(judge(input));
    expect(canonicalize(judge(input))).toBe(first);
    expect(canonicalize(judge({ ...input, requests: input.requests.toReversed() }))).toBe(first);
  });
});
