import type { Release, RolloutState } from './state.ts';

/** What is to be done in a state, in this order; each can be done again without harm, which is how a rollout resumes. */
export type Action =
  | { do: 'start'; release: Release }
  | { do: 'await ready'; release: Release }
  | { do: 'smoke'; release: Release }
  | { do: 'share'; of: Release; percent: number; rest: Release | null }
  | { do: 'judge'; canary: Release; stable: Release; step: number }
  | { do: 'watch'; live: Release; previous: Release }
  | { do: 'drain'; release: Release }
  | { do: 'stop'; release: Release }
  | { do: 'report'; release: Release; because: string }
  | { do: 'tidy' };

export const actionsOf = (state: RolloutState): Action[] => {
  switch (state.state) {
    case 'idle':
      return [...all(state.live), { do: 'tidy' }];
    case 'starting':
      return [...all(state.live), { do: 'start', release: state.next }, { do: 'await ready', release: state.next }];
    case 'checking':
      return [{ do: 'smoke', release: state.next }];
    case 'prepared':
      return [];
    case 'shifting': {
      const { next, live, step } = state;
      return [share(next, shareAt(next, step), live), { do: 'judge', canary: next, stable: live, step }];
    }
    case 'paused':
      return [share(state.next, shareAt(state.next, state.step), state.live)];
    case 'watching':
      return [share(state.live, 100, state.previous), { do: 'watch', live: state.live, previous: state.previous }];
    case 'retiring':
      return [share(state.live, 100, state.previous), ...remove(state.previous)];
    case 'returning': {
      const { live, failed, because, report } = state;
      return [
        ...(live ? [share(live, 100, failed)] : [share(failed, 0, null)]),
        ...(report ? [{ do: 'report' as const, release: failed, because }] : []),
        ...remove(failed),
      ];
    }
  }
};

const share = (of: Release, percent: number, rest: Release | null): Action => ({ do: 'share', of, percent, rest });
const all = (live: Release | null): Action[] => (live ? [share(live, 100, null)] : []);
const remove = (release: Release): Action[] => [
  { do: 'drain', release },
  { do: 'stop', release },
];
const shareAt = ({ plan }: Release, step: number): number => plan.steps[step]?.share_percent ?? 100;

/** For tests and for people: `share 5 % to 2, rest to 1`. */
export const describeAction = (action: Action): string => {
  switch (action.do) {
    case 'share':
      return `share ${action.percent} % to ${action.of.version}${action.rest ? `, rest to ${action.rest.version}` : ''}`;
    case 'judge':
      return `judge ${action.canary.version} against ${action.stable.version}`;
    case 'watch':
      return `watch ${action.live.version}, ${action.previous.version} stays warm`;
    case 'tidy':
      return 'tidy';
    default:
      return `${action.do} ${action.release.version}`;
  }
};
