import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listenToRequests } from '../../deploy/router/request-log.ts';
import { AppError } from '../../errors.ts';
import { acquireLock } from '../../world/lock.ts';
import { perform } from '../doing/perform.ts';
import type { Progress, Work } from '../doing/work.ts';
import { type Action, actionsOf } from './actions.ts';
import { decide } from './decide.ts';
import { standingOf } from './group.ts';
import type { RolloutService } from './service.ts';
import type { Command, Observation, RolloutEvent, RolloutState } from './state.ts';
import { dealtWith, lockFile, openRolloutJournal, stateOf, waitingCommands } from './store.ts';

const pollMs = 25;
/** Requests of the version that serves that are remembered from before a switch. */
const rememberedBefore = 20_000;

export type ControlOptions = {
  /** What to begin with; the decision on it is thrown when it is a refusal. */
  command?: Command | undefined;
  /** Where to stop; without it the controller works until nothing is left to do. */
  until?: ((state: RolloutState) => boolean) | undefined;
  signal: AbortSignal;
  tell?: ((progress: Progress) => void) | undefined;
};

/** Holds the lock and works on a service's rollout, from where the journal stands, until there is nothing to do. */
export const control = async (service: RolloutService, options: ControlOptions): Promise<RolloutState> => {
  const lock = acquireLock(lockFile(service.folders), `The rollout of ${service.name}`);
  try {
    const journal = openRolloutJournal(service.folders, service.now);
    try {
      return await withJournal(service, journal, options);
    } finally {
      journal.close();
    }
  } finally {
    lock.release();
  }
};

const withJournal = async (
  service: RolloutService,
  journal: Work['journal'],
  { command, until, signal, tell = () => undefined }: ControlOptions,
): Promise<RolloutState> => {
  const work: Work = { service, journal, instances: [], health: [], before: [], onRequest: () => undefined, tell };
  let state = stateOf(journal.entries);
  if (command) {
    const decision = decide(state, command);
    if ('refused' in decision) throw refused(service, state, decision.refused);
    if ('unchanged' in decision) tell({ kind: 'note', text: decision.unchanged });
    else {
      // A deploy whose router does not start has changed nothing.
      if (command.event === 'deploy') await service.router.ensure();
      state = commit(work, command, decision.state);
    }
  }
  if (isNothing(state)) return state;
  await service.router.ensure();
  work.instances = await service.target.list();
  const log = await listenToRequests(service.logPort, (request) => work.onRequest(request));
  try {
    for (;;) {
      const met = await workOn(work, state, { signal, until });
      if (met === null) return state;
      const { event, answered } = met;
      const decision = decide(state, event);
      // A person's command was checked before it got here; what was seen is always known to its state.
      if (!('state' in decision)) throw new Error(`${state.state} met ${event.event}`);
      state = await commitOrSave(work, event, decision.state);
      answered?.();
    }
  } finally {
    log.close();
  }
};

const isNothing = (state: RolloutState): boolean => state.state === 'idle' && state.live === null;

/** What ended a state; a command is answered when what it asked for is so. */
type Met = { event: RolloutEvent; answered?: () => void };

/** Does what a state asks for. The event that ends it: something seen, or a command; null: it stays as it is. */
const workOn = async (
  work: Work,
  state: RolloutState,
  { signal, until }: Pick<ControlOptions, 'signal' | 'until'>,
): Promise<Met | null> => {
  rememberBefore(work, state);
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const doing = performAll(work, actionsOf(state), both).then((event) => event && { event });
  const asked = nextCommand(work, state, both);
  try {
    const found = await Promise.race([doing, asked]);
    if (found !== null) return found;
    if (until?.(state) || isResting(state) || waitsForOthers(state)) return null;
    const event = endOf(state);
    return event ? { event } : await asked;
  } catch (error) {
    if (!signal.aborted) throw error;
    return state.state === 'shifting' ? { event: { event: 'pause' } } : null;
  } finally {
    stop.abort();
    // What was begun must not go on beside what follows.
    await Promise.allSettled([doing, asked]);
  }
};

/** What follows when everything that a state asks for was done. */
const endOf = (state: RolloutState): Observation | Command | null => {
  if (state.state === 'retiring') return { event: 'retired' };
  if (state.state === 'returning') return { event: 'returned' };
  if (state.state !== 'prepared') return null;
  return { event: state.group && standingOf(state.group) === 'failed' ? 'abort' : 'go' };
};

const waitsForOthers = (state: RolloutState): boolean =>
  state.state === 'prepared' && state.group !== null && standingOf(state.group) === 'coming';

const isResting = ({ state }: RolloutState): boolean => state === 'idle' || state === 'paused';

const performAll = async (work: Work, actions: Action[], signal: AbortSignal): Promise<Observation | null> => {
  for (const action of actions) {
    signal.throwIfAborted();
    const seen = await perform(work, action, signal);
    if (seen) return seen;
  }
  return null;
};

/** Takes commands out of the inbox until one changes the state; the others are answered and forgotten. */
const nextCommand = async (work: Work, state: RolloutState, signal: AbortSignal): Promise<Met> => {
  for (;;) {
    for (const { file, command } of waitingCommands(work.service.folders)) {
      const decision = command ? decide(state, command) : { refused: 'it cannot be read' };
      const result = 'state' in decision ? 'done' : 'refused' in decision ? 'refused' : 'unchanged';
      const why = 'refused' in decision ? decision.refused : 'unchanged' in decision ? decision.unchanged : null;
      work.journal.append('rollout.command', { file: path.basename(file), event: command?.event ?? null, result, why });
      if (command && result === 'done') return { event: command, answered: () => dealtWith(file) };
      dealtWith(file);
    }
    signal.throwIfAborted();
    await sleep(pollMs);
  }
};

/** While the new version comes up, what the old one answers is what is usual. */
const rememberBefore = (work: Work, state: RolloutState): void => {
  const live = 'live' in state ? state.live : null;
  if (!live || !['starting', 'checking', 'prepared'].includes(state.state)) {
    work.onRequest = () => undefined;
    return;
  }
  work.onRequest = ({ pool, status, ms }) => {
    if (pool !== live.pool) return;
    work.before.push({ slot: 'stable', at: 0, status, ms });
    if (work.before.length > rememberedBefore * 1.1) work.before = work.before.slice(-rememberedBefore);
  };
};

const commit = (work: Work, event: RolloutEvent, state: RolloutState): RolloutState => {
  work.journal.append('rollout.event', { ...event });
  work.journal.append('rollout.state', state, true);
  work.tell({ kind: 'state', state });
  return state;
};

/** A full disk keeps nobody from taking a bad version out of traffic; what follows must wait for room. */
const commitOrSave = async (work: Work, event: RolloutEvent, state: RolloutState): Promise<RolloutState> => {
  try {
    return commit(work, event, state);
  } catch (error) {
    const share = actionsOf(state).find((action) => action.do === 'share');
    if (share && state.state === 'returning') {
      await perform(work, share, new AbortController().signal).catch(() => undefined); // the first error is the one to tell
    }
    throw error;
  }
};

const refused = ({ name }: RolloutService, state: RolloutState, why: string): AppError =>
  state.state === 'idle'
    ? new AppError('usage', `${name}: nothing is in progress (${why})`, {
        hint: 'specwright releases shows what runs.',
      })
    : new AppError('project.locked', `${name}: ${why}`, {
        hint: `Wait for it, go on with \`specwright deploy --resume\`, or end it with \`specwright abort\`.`,
      });
