import path from 'node:path';
import { readPlan } from '../../deploy/router/router-files.ts';
import { openService, type Surroundings } from '../../rollout/release/open-service.ts';
import { readState } from '../../rollout/release/store.ts';
import { findService, projectFolders } from './find-service.ts';

/** Where the deployed version of a project answers; null: none is live. */
export const releasedUrl = (root: string): string | null => {
  const folders = projectFolders(root);
  const state = readState(folders);
  const plan = readPlan({ folder: path.join(folders.state, 'router'), name: '' });
  const live = 'live' in state ? state.live : null;
  return live && plan ? `http://${plan.address}:${plan.port}` : null;
};

/** What the copies of the deployed versions wrote last, under their names; null: none is live. */
export const releasedLog = async (surroundings: Surroundings, root: string, lines: number): Promise<string | null> => {
  if (releasedUrl(root) === null) return null;
  const { target } = await openService(surroundings, findService({ project: root }));
  const instances = await target.list();
  const texts = await Promise.all(instances.map((instance) => target.logs(instance, lines)));
  return instances
    .map(({ name }, index) => (instances.length > 1 ? `== ${name}\n${texts[index]}` : texts[index]))
    .join('\n');
};
