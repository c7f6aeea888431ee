import { describe, expect, it } from 'vitest';
import { watchErrors } from './gross-fault.ts';
import { lookEvery, looksBefore, plannedLooks } from './looks.ts';
import { inWords, outlook } from './outlook.ts';
import { wrongBody } from './probes.ts';
import { growingCounts, perBucket } from './scrape.ts';
import { openWindow } from './window.ts';

const random = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

describe('gross errors', () => {
  it('of three in ten are seen within twenty requests, in the median of 200 tries', () => {
    const next = random(1);
    const needed = Array.from({ length: 200 }, () => {
      const watch = watchErrors(0);
      let requests = 1;
      while (!watch.see(next() < 0.3)) requests++;
      return requests;
    }).sort((a, b) => a - b);
    expect(needed[100]).toBeLessThan(25);
    expect(needed[190]).toBeLessThan(60);
  });

  it('are not seen in a million requests of a version that fails as seldom as is usual', () => {
    const next = random(2);
    const watch = watchErrors(0.01);
    let alarms = 0;
    for (let request = 0; request < 1_000_000; request++) if (watch.see(next() < 0.01)) alarms++;
    expect(alarms).toBe(0);
  });

  it('are looked for beyond what the old version has itself', () => {
    const watch = watchErrors(0.6);
    expect(Array.from({ length: 1000 }, () => watch.see(true))).not.toContain(true);
  });
});

describe('a smoke answer', () => {
  const schema = { type: 'object', properties: { y: { type: 'number' } }, required: ['y'] };
  it.each([
    ['as expected, and more', '{"y": 4, "more": 1}', { body: { y: 4 }, schema }, null],
    ['within the tolerance', '{"y": [1.00005, 2]}', { body: { y: [1, 2] } }, null],
    ['beyond the tolerance', '{"y": 1.01}', { body: { y: 1 } }, 'y is 1.01, not 1'],
    ['NaN', '{"y": NaN}', { schema }, 'the answer is not JSON: {"y": NaN}'],
    ['another schema', '{"z": 1}', { schema }, 'the answer is not of the schema'],
    ['a missing field', '{}', { body: { y: 'a' } }, 'y is missing, not "a"'],
    ['a shorter list', '{"y": [1]}', { body: { y: [1, 2] } }, 'y is no list of 2'],
    ['a list for an object', '[]', { body: { y: { a: 1 } } }, 'y is no object'],
  ])('%s', (_, text, expected, wrong) => {
    const found = wrongBody(text, { ...expected, tolerance: 1e-3 } as Parameters<typeof wrongBody>[1]);
    if (wrong === null) expect(found).toBeNull();
    else expect(found).toContain(wrong);
  });
});

describe('looks', () => {
  const plan = {
    strategy: 'canary' as const,
    steps: [
      { share_percent: 5, seconds: 600 },
      { share_percent: 25, seconds: 1800 },
    ],
    watch_seconds: 60,
    on_inconclusive: 'ask' as const,
  };
  it('are planned for every step and its extension, and counted on from step to step', () => {
    expect([lookEvery(600), lookEvery(1800), lookEvery(1)]).toEqual([60, 60, 0.5]);
    expect(plannedLooks(plan, { extend_to: 2 })).toBe(20 + 60 + 10);
    expect(looksBefore(plan, 1, { extend_to: 2 })).toBe(20);
    expect(looksBefore(plan, 0, { extend_to: 2 })).toBe(0);
  });
});

describe('a window', () => {
  it('takes requests from its beginning on, under the slots that the pools have', () => {
    const window = openWindow('green', { now: 1000, usual: { requests: 0, errors: 0 } });
    for (const request of [
      { pool: 'green' as const, status: 200, ms: 5, at: 999 },
      { pool: 'green' as const, status: 503, ms: 5, at: 1010 },
      { pool: 'blue' as const, status: 404, ms: 7, at: 1020 },
    ])
      window.add(request);
    expect(window.records()).toEqual([
      { slot: 'stable', at: 20, status: 404, ms: 7 },
      { slot: 'canary', at: 10, status: 503, ms: 5 },
    ]);
    expect(window.counts()).toEqual({ stable: { requests: 1, errors: 0 }, canary: { requests: 1, errors: 1 } });
  });
});

describe('predictions since a count began', () => {
  it('are counted by label', () => {
    const count = growingCounts();
    count({ a: 5 });
    expect(count({ a: 9, b: 2 })).toEqual({ a: 4, b: 2 });
    expect(count({ a: 10, b: 2 })).toEqual({ a: 5, b: 2 });
  });

  it('are taken apart where a histogram adds them up', () => {
    const count = growingCounts();
    count({ '1.0': 1, '2.0': 2, '+Inf': 2 });
    expect(perBucket(count({ '1.0': 4, '2.0': 9, '+Inf': 12 }))).toEqual({ '1.0': 3, '2.0': 4, '+Inf': 3 });
  });

  it('never fall when the counters are reset, and keep their mix', () => {
    const count = growingCounts();
    count({ a: 100, b: 900 });
    expect(count({ a: 150, b: 950 })).toEqual({ a: 50, b: 50 });
    expect(count({ a: 20, b: 20 })).toEqual({ a: 70, b: 70 });
    expect(count({ a: 25, b: 25 })).toEqual({ a: 75, b: 75 });
  });

  it('stay as they were while a counter is not shown', () => {
    const count = growingCounts();
    expect(count(null)).toEqual({});
    count({ a: 10, b: 10 });
    expect(count({ b: 12 })).toEqual({ a: 0, b: 2 });
    expect(count(null)).toEqual({ a: 0, b: 2 });
    expect(count({ a: 14, b: 12 })).toEqual({ a: 4, b: 2 });
  });
});

describe('the outlook of a look that could not tell', () => {
  const judgement = (more_needed: number | null) => ({
    verdict: 'inconclusive' as const,
    checks: [{ check: 'errors' as const, verdict: 'inconclusive' as const, figures: { more_needed }, because: '' }],
  });
  const at = { requests: 60, seconds: 600, longest: 1200, finally: 'rollback' as const };
  it.each([
    ['what is missing comes in time', 50, at, 'at 0.1 requests/s on the new version 50 more take about 9 min'],
    [
      'it does not',
      239,
      at,
      'at 0.1 requests/s on the new version 239 more take about 40 min; the step ends in 10 min at the latest, then the old version comes back: a larger share or longer steps would do',
    ],
    [
      'nobody knows how much',
      null,
      { ...at, finally: 'ask' as const },
      'the step ends in 10 min at the latest, then it is held and you are asked',
    ],
    [
      'nothing has come',
      299,
      { ...at, requests: 0 },
      'the step ends in 10 min at the latest, then the old version comes back',
    ],
  ])('when %s', (_, more, seen, text) => {
    expect(outlook(judgement(more), seen)).toBe(text);
  });

  it('is none where there is a verdict', () => {
    expect(outlook({ ...judgement(9), verdict: 'pass' }, at)).toBeNull();
    expect([inWords(89), inWords(91), inWords(5400)]).toEqual(['89 s', '2 min', '1.5 h']);
  });
});

describe('a window that is gone on with', () => {
  it('counts on, and its time goes on from where it was', () => {
    const carried = { seconds: 5, requests: [{ slot: 'canary' as const, at: 4900, status: 500, ms: 3 }] };
    const window = openWindow('green', { now: 100_000, usual: { requests: 0, errors: 0 }, carried });
    window.add({ pool: 'green', status: 200, ms: 4, at: 99_000 }); // while nobody worked on it
    window.add({ pool: 'green', status: 200, ms: 4, at: 100_500 });
    expect(window.records().map((one) => one.at)).toEqual([4900, 5500]);
    expect(window.counts().canary).toEqual({ requests: 2, errors: 1 });
  });
});
