import { describe, expect, it } from 'vitest';
import { actionsOf, describeAction } from './actions.ts';
import { decide } from './decide.ts';
import { nothingYet, type Release, type RolloutEvent, type RolloutState, rolloutState } from './state.ts';

const release = (version: string, steps: number[] = [], more: Partial<Release['plan']> = {}): Release => ({
  version,
  pool: version === '1' ? 'blue' : 'green',
  plan: {
    strategy: steps.length > 0 ? 'canary' : 'blue-green',
    steps: steps.map((share_percent) => ({ share_percent, seconds: 60 })),
    watch_seconds: 30,
    on_inconclusive: 'rollback',
    ...more,
  },
});
const one = release('1');

/** The way through the states, with what is done in each; what an event does not change is said. */
const way = (from: RolloutState, events: RolloutEvent[]): string[] => {
  let state = from;
  return events.map((event) => {
    const decision = decide(state, event);
    if ('refused' in decision) return `${event.event}: refused`;
    if ('unchanged' in decision) return `${event.event}: unchanged`;
    state = rolloutState.parse(JSON.parse(JSON.stringify(decision.state))); // what the journal holds is enough to go on
    return `${event.event}: ${state.state} [${actionsOf(state).map(describeAction).join('; ')}]`;
  });
};
const serving = (live: Release | null): RolloutState => ({ state: 'idle', live, last: null });
const deployed = (next: Release): RolloutEvent => ({ event: 'deploy', next, group: null });
const seen = (
  ...names: ('ready' | 'checked' | 'go' | 'passed' | 'watched' | 'retired' | 'returned')[]
): RolloutEvent[] => names.map((event) => ({ event }));

describe('a rollout', () => {
  it('of the first version gives it all traffic when it was checked', () => {
    expect(way(nothingYet, [deployed(one), ...seen('ready', 'checked', 'go')])).toEqual([
      'deploy: starting [start 1; await ready 1]',
      'ready: checking [smoke 1]',
      'checked: prepared []',
      'go: idle [share 100 % to 1; tidy]',
    ]);
  });

  it('blue-green: start, ready, smoke, shift, watch, drain, stop', () => {
    expect(
      way(serving(one), [deployed(release('2')), ...seen('ready', 'checked', 'go', 'watched', 'retired')]),
    ).toEqual([
      'deploy: starting [share 100 % to 1; start 2; await ready 2]',
      'ready: checking [smoke 2]',
      'checked: prepared []',
      'go: watching [share 100 % to 2, rest to 1; watch 2, 1 stays warm]',
      'watched: retiring [share 100 % to 2, rest to 1; drain 1; stop 1]',
      'retired: idle [share 100 % to 2; tidy]',
    ]);
  });

  it('canary: a step after the other, each judged', () => {
    const events = [deployed(release('2', [5, 25])), ...seen('ready', 'checked', 'go', 'passed', 'passed')];
    expect(way(serving(one), events).slice(3)).toEqual([
      'go: shifting [share 5 % to 2, rest to 1; judge 2 against 1]',
      'passed: shifting [share 25 % to 2, rest to 1; judge 2 against 1]',
      'passed: watching [share 100 % to 2, rest to 1; watch 2, 1 stays warm]',
    ]);
  });

  it('that fails takes the traffic back first, then tells, then removes', () => {
    const failed: RolloutEvent = { event: 'failed', because: 'p95 twice as long' };
    const events = [deployed(release('2', [5])), ...seen('ready', 'checked', 'go'), failed, ...seen('returned')];
    expect(way(serving(one), events).slice(4)).toEqual([
      'failed: returning [share 100 % to 1, rest to 2; report 2; drain 2; stop 2]',
      'returned: idle [share 100 % to 1; tidy]',
    ]);
    const before = way(nothingYet, [deployed(one), failed]);
    expect(before[1]).toBe('failed: returning [share 0 % to 1; report 1; drain 1; stop 1]');
  });

  it('that fails while it is watched comes back to the version that is warm', () => {
    const watching: RolloutState = { state: 'watching', live: release('2'), previous: one };
    expect(way(watching, [{ event: 'failed', because: 'errors' }, ...seen('returned')])).toEqual([
      'failed: returning [share 100 % to 1, rest to 2; report 2; drain 2; stop 2]',
      'returned: idle [share 100 % to 1; tidy]',
    ]);
  });

  it.each([
    ['rollback', 'inconclusive: returning [share 100 % to 1, rest to 2; report 2; drain 2; stop 2]'],
    ['ask', 'inconclusive: paused [share 5 % to 2, rest to 1]'],
    ['promote', 'inconclusive: watching [share 100 % to 2, rest to 1; watch 2, 1 stays warm]'],
  ] as const)('that stays inconclusive does as the policy says: %s', (on_inconclusive, expected) => {
    const shifting: RolloutState = {
      state: 'shifting',
      live: one,
      next: release('2', [5], { on_inconclusive }),
      step: 0,
    };
    expect(way(shifting, [{ event: 'inconclusive', because: 'few' }])).toEqual([expected]);
  });

  it('without data is held, whatever the policy', () => {
    const shifting: RolloutState = {
      state: 'shifting',
      live: one,
      next: release('2', [5], { on_inconclusive: 'promote' }),
      step: 0,
    };
    expect(way(shifting, [{ event: 'no data', because: 'none' }, { event: 'resume' }, { event: 'promote' }])).toEqual([
      'no data: paused [share 5 % to 2, rest to 1]',
      'resume: shifting [share 5 % to 2, rest to 1; judge 2 against 1]',
      'promote: watching [share 100 % to 2, rest to 1; watch 2, 1 stays warm]',
    ]);
  });
});

const two = release('2', [5]);
const states: RolloutState[] = [
  serving(one),
  { state: 'starting', live: one, next: two, group: null },
  { state: 'checking', live: one, next: two, group: null },
  { state: 'prepared', live: one, next: two, group: null },
  { state: 'shifting', live: one, next: two, step: 0 },
  { state: 'paused', live: one, next: two, step: 0, because: 'b' },
  { state: 'watching', live: two, previous: one },
  { state: 'retiring', live: two, previous: one },
  { state: 'returning', live: one, failed: two, because: 'b', report: false },
];

describe.each(states)('while it is $state', (state) => {
  it('an abort is never refused, and twice is once', () => {
    const [first, second] = way(state, [{ event: 'abort' }, { event: 'abort' }]);
    expect(first).toMatch(/^abort: (unchanged|returning \[share 100 % to 1)/);
    expect(second).toBe('abort: unchanged');
  });

  it('a second deploy is refused, unless nothing is in progress', () => {
    const decision = decide(state, deployed(release('3')));
    expect('refused' in decision).toBe(state.state !== 'idle');
  });

  it('resume is never refused', () => {
    expect('refused' in decide(state, { event: 'resume' })).toBe(false);
  });

  it('what the state needs is told by what the journal keeps of it', () => {
    expect(rolloutState.parse(JSON.parse(JSON.stringify(state)))).toEqual(state);
  });
});
