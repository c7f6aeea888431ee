import { rmSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../../errors.ts';
import { acquireLock, holderOf } from '../../world/lock.ts';
import type { RolloutService } from './service.ts';
import { lockFile, openRolloutJournal, readState } from './store.ts';

/** Ends router and versions, requests in flight first; false where nothing ran. Kept releases stay. */
export const takeDownService = async (service: RolloutService, graceSeconds: number): Promise<boolean> => {
  if (holderOf(lockFile(service.folders))) {
    throw new AppError('project.locked', `${service.name}: a rollout is being worked on`, {
      hint: 'End it first: specwright abort.',
    });
  }
  const lock = acquireLock(lockFile(service.folders), `The rollout of ${service.name}`);
  try {
    const instances = await service.target.list();
    const before = readState(service.folders);
    if (instances.length === 0 && before.state === 'idle' && before.live === null) return false;
    await service.router.stop();
    await Promise.all(instances.map((instance) => service.target.stop(instance, graceSeconds)));
    const journal = openRolloutJournal(service.folders, service.now);
    const version = 'live' in before && before.live ? before.live.version : '-';
    const last = { version, outcome: 'taken down', because: null };
    journal.append('rollout.state', { state: 'idle', live: null, last }, true);
    journal.close();
    return true;
  } finally {
    // What was chosen at the first deploy may be chosen anew.
    for (const file of [path.join('router', 'router.json'), 'target.json'])
      rmSync(path.join(service.folders.state, file), { force: true });
    lock.release();
  }
};
