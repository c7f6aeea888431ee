import path from 'node:path';
import { readJournal } from '../../pipeline/journal.ts';
import { rolloutState } from './state.ts';

type Standing = 'ready' | 'coming' | 'failed';

/** How the services that are deployed together stand: one that failed or never began fails them all. */
export const standingOf = ({ id, members }: { id: string; members: string[] }): Standing => {
  const standings = members.map((folder) => standingOfOne(path.join(folder, 'journal.jsonl'), id));
  if (standings.includes('failed')) return 'failed';
  return standings.includes('coming') ? 'coming' : 'ready';
};

const standingOfOne = (journal: string, id: string): Standing => {
  const states = readJournal(journal)
    .filter(({ kind }) => kind === 'rollout.state')
    .map(({ data }) => rolloutState.parse(data));
  const begin = states.findIndex((state) => 'group' in state && state.group?.id === id);
  if (begin < 0) return 'failed';
  const since = states.slice(begin);
  if (since.some(({ state }) => state === 'returning')) return 'failed';
  return since.some(({ state }) => state === 'prepared') ? 'ready' : 'coming';
};
