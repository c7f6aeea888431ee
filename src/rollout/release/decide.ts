import type { Release, RolloutEvent, RolloutState, StateName } from './state.ts';

/** The state that follows; `unchanged` says why an event changes nothing, `refused` why it may not. */
export type Decision = { state: RolloutState } | { unchanged: string } | { refused: string };

type In<Name extends StateName> = Extract<RolloutState, { state: Name }>;
type EventName = RolloutEvent['event'];
type Of<Name extends EventName> = Extract<RolloutEvent, { event: Name }>;
type Transition<Name extends StateName, Event extends EventName> = (state: In<Name>, event: Of<Event>) => Decision;
type Table = { [Name in StateName]: { [Event in EventName]?: Transition<Name, Event> } };

const to = (state: RolloutState): Decision => ({ state });
const unchanged = (why: string): Decision => ({ unchanged: why });

/** Back to the version that served, with the one that failed out of traffic first. */
const back = (state: { live: Release | null; next: Release }, because: string, report: boolean): Decision =>
  to({ state: 'returning', live: state.live, failed: state.next, because, report });

const backToPrevious = ({ live, previous }: In<'watching'>, because: string, report: boolean): Decision =>
  to({ state: 'returning', live: previous, failed: live, because, report });

/** From the checked version into traffic: all at once where nothing serves yet, or where there is no step. */
const enter = ({ live, next }: { live: Release | null; next: Release }): Decision => {
  if (!live) return to({ state: 'idle', live: next, last: { version: next.version, outcome: 'live', because: null } });
  return after({ live, next, step: -1 });
};

/** The step after this one, or all traffic. */
const after = ({ live, next, step }: { live: Release; next: Release; step: number }): Decision =>
  step + 1 < next.plan.steps.length
    ? to({ state: 'shifting', live, next, step: step + 1 })
    : to({ state: 'watching', live: next, previous: live });

const ended = 'a person ended the rollout';
const early = {
  abort: (state: { live: Release | null; next: Release }) => back(state, ended, false),
  rollback: (state: { live: Release | null; next: Release }) => back(state, ended, false),
  failed: (state: { live: Release | null; next: Release }, { because }: { because: string }) =>
    back(state, because, true),
  resume: () => unchanged('it goes on already'),
};

const table: Table = {
  idle: {
    deploy: ({ live }, { next, group }) => to({ state: 'starting', live, next, group }),
    abort: () => unchanged('no rollout is in progress'),
    promote: () => unchanged('no rollout is in progress'),
    pause: () => unchanged('no rollout is in progress'),
    resume: () => unchanged('no rollout is in progress'),
    go: () => unchanged('no rollout is in progress'),
  },
  starting: { ...early, ready: ({ live, next, group }) => to({ state: 'checking', live, next, group }) },
  checking: { ...early, checked: ({ live, next, group }) => to({ state: 'prepared', live, next, group }) },
  prepared: { ...early, go: enter },
  shifting: {
    ...early,
    passed: after,
    promote: ({ live, next }) => to({ state: 'watching', live: next, previous: live }),
    pause: (state) => to({ ...pausedAt(state), because: 'a person paused it' }),
    'no data': (state, { because }) => to({ ...pausedAt(state), because }),
    inconclusive: (state, { because }) =>
      ({
        rollback: () => back(state, because, true),
        ask: () => to({ ...pausedAt(state), because }),
        promote: () => after(state),
      })[state.next.plan.on_inconclusive](),
  },
  paused: {
    ...early,
    promote: ({ live, next }) => to({ state: 'watching', live: next, previous: live }),
    resume: ({ live, next, step }) => to({ state: 'shifting', live, next, step }),
    pause: () => unchanged('it is paused already'),
  },
  watching: {
    watched: ({ live, previous }) => to({ state: 'retiring', live, previous }),
    failed: (state, { because }) => backToPrevious(state, because, true),
    abort: (state) => backToPrevious(state, ended, false),
    rollback: (state) => backToPrevious(state, ended, false),
    promote: () => unchanged('it has all traffic already'),
    resume: () => unchanged('it goes on already'),
  },
  retiring: {
    retired: ({ live }) => to({ state: 'idle', live, last: { version: live.version, outcome: 'live', because: null } }),
    abort: () => unchanged('the new version is live; specwright rollback returns to the one before'),
    promote: () => unchanged('it has all traffic already'),
    resume: () => unchanged('it goes on already'),
  },
  returning: {
    returned: ({ live, failed, because }) =>
      to({ state: 'idle', live, last: { version: failed.version, outcome: 'rolled back', because } }),
    abort: () => unchanged('it is being rolled back already'),
    rollback: () => unchanged('it is being rolled back already'),
    resume: () => unchanged('it goes on already'),
  },
};

const pausedAt = ({ live, next, step }: In<'shifting'>): Omit<In<'paused'>, 'because'> => ({
  state: 'paused',
  live,
  next,
  step,
});

/** What an event makes of a state; pure. An event that a state does not know is refused, never guessed at. */
export const decide = (state: RolloutState, event: RolloutEvent): Decision => {
  const transition = table[state.state][event.event] as Transition<StateName, EventName> | undefined;
  return transition
    ? transition(state, event)
    : { refused: `a rollout that is ${state.state} knows no ${event.event}` };
};
