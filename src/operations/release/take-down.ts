import { existsSync } from 'node:fs';
import path from 'node:path';
import { stopService } from '../../deploy/service-control.ts';
import type { Surroundings } from '../../rollout/release/open-service.ts';
import { openProject } from '../project.ts';
import { findService } from './find-service.ts';
import { takeDownRelease } from './steer.ts';

const drainSeconds = 3;

/** Stops what `up` started and what was deployed; false where nothing ran. */
export const takeAllDown = async (surroundings: Surroundings, given: string): Promise<boolean> => {
  const { root } = openProject(given);
  const released = existsSync(path.join(root, 'deploy', 'service.yaml'))
    ? await takeDownRelease(surroundings, findService({ project: root }))
    : false;
  const stopped = await stopService(root, surroundings.world.run, drainSeconds);
  return released || stopped;
};

export const takeDownSpec = (surroundings: Surroundings, spec: string): Promise<boolean> =>
  takeDownRelease(surroundings, findService({ spec }));
