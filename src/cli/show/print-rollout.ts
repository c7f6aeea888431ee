import type { Progress } from '../../rollout/doing/work.ts';
import type { RolloutState } from '../../rollout/release/state.ts';
import type { Console, Tone } from './console.ts';
import { oneLine } from './console.ts';

/** Prints what happens in a rollout while it happens, a line each. */
export const printProgress =
  (console: Console, several = false) =>
  (service: string, progress: Progress): void => {
    const { tone, text } = lineOf(progress);
    console.print(console.tone(tone, oneLine(several ? `${service}: ${text}` : text)));
  };

const lineOf = (progress: Progress): { tone: Tone; text: string } => {
  switch (progress.kind) {
    case 'state':
      return { tone: toneOf(progress.state), text: describeState(progress.state) };
    case 'look': {
      const { share_percent, seconds, of_seconds, stable, canary, verdict, because } = progress;
      const errors = `errors old ${stable.errors}/${stable.requests}, new ${canary.errors}/${canary.requests}`;
      const tone = verdict === 'fail' ? 'bad' : verdict === 'pass' ? 'good' : 'warn';
      return {
        tone,
        text: `${share_percent} %  ${seconds.toFixed(0)}/${of_seconds} s  ${errors}  ${verdict}: ${because}`,
      };
    }
    case 'drained':
      return {
        tone: progress.cut > 0 ? 'warn' : 'dim',
        text: `${progress.version} has nothing in flight after ${progress.seconds.toFixed(1)} s${progress.cut > 0 ? `; ${progress.cut} requests were cut` : ''}`,
      };
    case 'report':
      return { tone: 'bad', text: `report: ${progress.file}` };
    case 'note':
      return { tone: 'dim', text: progress.text };
  }
};

const toneOf = (state: RolloutState): Tone =>
  state.state === 'returning' || state.state === 'paused' ? 'warn' : 'plain';

export const describeState = (state: RolloutState): string => {
  switch (state.state) {
    case 'idle':
      if (state.last?.outcome === 'rolled back')
        return `${state.last.version} was rolled back: ${state.last.because}. ${state.live ? `${state.live.version} serves.` : 'Nothing serves.'}`;
      return state.live ? `${state.live.version} is live` : 'nothing runs';
    case 'starting':
      return `starting ${state.next.version}`;
    case 'checking':
      return `${state.next.version} is ready; real requests are checked`;
    case 'prepared':
      return `${state.next.version} answers as it should`;
    case 'shifting':
      return `${state.next.plan.steps[state.step]?.share_percent ?? 100} % to ${state.next.version}, the rest to ${state.live.version}`;
    case 'paused':
      return `paused with ${state.next.plan.steps[state.step]?.share_percent ?? 100} % on ${state.next.version}: ${state.because}`;
    case 'watching':
      return `all traffic to ${state.live.version}; ${state.previous.version} stays warm for ${state.live.plan.watch_seconds} s`;
    case 'retiring':
      return `${state.previous.version} is drained and removed`;
    case 'returning':
      return `back${state.live ? ` to ${state.live.version}` : ''}: ${state.because}`;
  }
};

/** The same in short, without the reason that was told when it happened. */
export const endState = (state: RolloutState): string => {
  if (state.state === 'paused')
    return `paused with ${state.next.plan.steps[state.step]?.share_percent ?? 100} % on ${state.next.version}`;
  if (state.state !== 'idle' || state.last?.outcome !== 'rolled back') return describeState(state);
  return `${state.last.version} was rolled back, ${state.live ? `${state.live.version} serves` : 'nothing serves'}`;
};

/** 0: what was asked is so; 3: the new version was refused; 10: a person decides. */
export const exitOf = (state: RolloutState): number => {
  if (state.state === 'idle') return state.last?.outcome === 'rolled back' ? 3 : 0;
  return state.state === 'paused' ? 10 : 130;
};

/** How a rollout that did not end goes on. */
export const nextSteps = (state: RolloutState, where: string): string[] =>
  state.state === 'idle'
    ? []
    : [
        `go on:      specwright deploy --resume${where}`,
        ...(state.state === 'paused' ? [`all traffic: specwright promote${where}`] : []),
        `end it:     specwright abort${where}`,
      ];
