import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { serviceSpecSchema } from '../../artifacts/service/service-spec.ts';
import type { KeptRelease } from '../../deploy/target/target.ts';
import { AppError } from '../../errors.ts';
import { type Entry, type Journal, openJournal, readJournal } from '../../pipeline/journal.ts';
import { readJson, writeAtomically } from '../../world/files.ts';
import { type Command, commandSchema, nothingYet, type RolloutState, rolloutState } from './state.ts';

/** Where the rollouts of a service lie: `state` holds journal, lock, requests, instances and router. */
export type ServiceFolders = { state: string; releases: string; reports: string };

export const journalFile = ({ state }: ServiceFolders): string => path.join(state, 'journal.jsonl');
export const lockFile = ({ state }: ServiceFolders): string => path.join(state, 'lock');
const inboxOf = ({ state }: ServiceFolders): string => path.join(state, 'inbox');

export const stateOf = (entries: readonly Entry[]): RolloutState => {
  const last = entries.findLast(({ kind }) => kind === 'rollout.state');
  return last ? rolloutState.parse(last.data) : nothingYet;
};

export const readState = (folders: ServiceFolders): RolloutState => stateOf(readJournal(journalFile(folders)));

export const openRolloutJournal = (folders: ServiceFolders, now: () => Date): Journal => {
  mkdirSync(folders.state, { recursive: true });
  return openJournal(journalFile(folders), now);
};

const releaseFile = z.strictObject({ version: z.string(), spec: serviceSpecSchema, image: z.string().nullable() });

/** A release as it was kept; what was deployed once can be deployed again, byte for byte. */
export const readRelease = (folders: ServiceFolders, version: string): KeptRelease => {
  const folder = path.join(folders.releases, version);
  const file = path.join(folder, 'release.json');
  if (!existsSync(file)) {
    const kept = keptVersions(folders);
    throw new AppError('input.invalid', `There is no release ${version}`, {
      hint:
        kept.length > 0 ? `Kept releases: ${kept.join(', ')}` : 'No release is kept yet: specwright deploy makes one.',
    });
  }
  return { ...releaseFile.parse(readJson(file)), folder };
};

export const writeRelease = async (folders: ServiceFolders, release: Omit<KeptRelease, 'folder'>): Promise<void> => {
  const file = path.join(folders.releases, release.version, 'release.json');
  await writeAtomically(file, `${JSON.stringify(releaseFile.parse(release), null, 1)}\n`);
};

export const keptVersions = ({ releases }: ServiceFolders): string[] =>
  existsSync(releases)
    ? readdirSync(releases).filter((name) => existsSync(path.join(releases, name, 'release.json')))
    : [];

/** Versions that had all traffic, the latest first. */
export const servedVersions = (entries: readonly Entry[]): { version: string; since: string }[] => {
  const served: { version: string; since: string }[] = [];
  for (const { kind, data, time } of entries) {
    if (kind !== 'rollout.state') continue;
    const state = rolloutState.parse(data);
    const live = state.state === 'idle' ? state.live : null;
    if (live && served[0]?.version !== live.version) served.unshift({ version: live.version, since: time });
  }
  return served;
};

/** Requests to whoever works on the service; each file is one, and goes away when it was dealt with. */
export const sendCommand = async (folders: ServiceFolders, command: Command): Promise<string> => {
  const file = path.join(inboxOf(folders), `${Date.now()}-${process.pid}-${command.event}.json`);
  await writeAtomically(file, JSON.stringify(command));
  return file;
};

export const waitingCommands = (folders: ServiceFolders): { file: string; command: Command | null }[] =>
  existsSync(inboxOf(folders))
    ? readdirSync(inboxOf(folders))
        .filter((name) => name.endsWith('.json'))
        .sort()
        .map((name) => {
          const file = path.join(inboxOf(folders), name);
          return { file, command: commandSchema.safeParse(readJson(file)).data ?? null };
        })
    : [];

export const dealtWith = (file: string): void => rmSync(file, { force: true });
