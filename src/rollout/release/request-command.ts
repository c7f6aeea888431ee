import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../errors.ts';
import { readJournal } from '../../pipeline/journal.ts';
import { holderOf } from '../../world/lock.ts';
import { type ControlOptions, control } from './controller.ts';
import type { RolloutService } from './service.ts';
import type { Command, RolloutState } from './state.ts';
import { dealtWith, journalFile, lockFile, readState, sendCommand } from './store.ts';

const answerLimitMs = 15_000;
const pollMs = 20;

export type Requested = { state: RolloutState; by: 'this command' | 'the running one'; note: string | null };

/**
 * Carries out a command: by whoever works on the service already, else here, going on from where a killed run left.
 */
export const requestCommand = async (
  service: RolloutService,
  command: Exclude<Command, { event: 'deploy' }>,
  options: Omit<ControlOptions, 'command'>,
): Promise<Requested> => {
  const file = holderOf(lockFile(service.folders)) ? await sendCommand(service.folders, command) : null;
  if (file === null) return here(service, command, options);
  const end = performance.now() + answerLimitMs;
  while (existsSync(file) && performance.now() < end) {
    // Who worked on it may have ended, or been killed, before it saw the request.
    if (!holderOf(lockFile(service.folders))) {
      dealtWith(file);
      return here(service, command, options);
    }
    await sleep(pollMs);
  }
  if (existsSync(file)) {
    dealtWith(file);
    throw new AppError('project.locked', `${service.name}: the running rollout did not take ${command.event} in time`, {
      hint: 'Repeat the command; `specwright releases` shows where the rollout stands.',
    });
  }
  return answered(service, path.basename(file));
};

const here = async (
  service: RolloutService,
  command: Command,
  options: Omit<ControlOptions, 'command'>,
): Promise<Requested> => {
  let note: string | null = null;
  const tell: ControlOptions['tell'] = (progress) => {
    if (progress.kind === 'note') note ??= progress.text;
    options.tell?.(progress);
  };
  const state = await control(service, { ...options, command, tell });
  return { state, by: 'this command', note };
};

const answered = (service: RolloutService, file: string): Requested => {
  const entry = readJournal(journalFile(service.folders)).findLast(
    ({ kind, data }) => kind === 'rollout.command' && data.file === file,
  );
  const why = typeof entry?.data.why === 'string' ? entry.data.why : null;
  if (entry?.data.result === 'refused') {
    throw new AppError('usage', `${service.name}: ${why ?? 'the command was refused'}`, {
      hint: '`specwright releases` shows where the rollout stands.',
    });
  }
  return { state: readState(service.folders), by: 'the running one', note: why };
};
