import type { RoutedRequest } from '../../deploy/router/router.ts';
import type { Instance } from '../../deploy/target/target.ts';
import { AppError, isDiskFull } from '../../errors.ts';
import type { Journal } from '../../pipeline/journal.ts';
import type { Judgement, RequestRecord } from '../judge/judgement.ts';
import type { RolloutService } from '../release/service.ts';
import type { Observation, RolloutState } from '../release/state.ts';

/** What a person sees happen, and a program reads. */
export type Progress =
  | { kind: 'state'; state: RolloutState }
  | {
      kind: 'look';
      version: string;
      share_percent: number;
      seconds: number;
      of_seconds: number;
      stable: { requests: number; errors: number };
      canary: { requests: number; errors: number };
      verdict: Judgement['verdict'];
      because: string;
    }
  | { kind: 'drained'; version: string; cut: number; seconds: number }
  | { kind: 'report'; file: string }
  | { kind: 'note'; text: string };

/** One run of the controller over a service: what it knows beyond the journal, and may lose. */
export type Work = {
  service: RolloutService;
  journal: Journal;
  instances: Instance[];
  health: string[];
  /** Requests of the version that serves from before the new one had any. */
  before: RequestRecord[];
  /** Takes each request that the router logs. */
  onRequest: (request: RoutedRequest) => void;
  tell(progress: Progress): void;
};

/** What was seen; null: the next action follows. */
export type Performed = Promise<Observation | null>;

/** Expected failures of a new version are what a rollout is there for; all else is thrown. */
export const observed = async (work: () => Performed): Performed => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && !['disk.full', 'interrupted'].includes(error.code))
      return { event: 'failed', because: error.hint ? `${error.message} (${error.hint})` : error.message };
    throw error;
  }
};

/** What is good to know and decides nothing: no full disk must keep a bad version in the traffic for it. */
export const recordIfRoom = ({ journal, tell }: Work, kind: string, data: Record<string, unknown>): void => {
  try {
    journal.append(kind, data);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    tell({ kind: 'note', text: `the disk is full: ${kind} is not recorded` });
  }
};
