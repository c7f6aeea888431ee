import path from 'node:path';
import { readPlan } from '../../deploy/router/router-files.ts';
import { runningService } from '../../deploy/service-control.ts';
import { AppError } from '../../errors.ts';
import type { ServiceHome } from '../../rollout/release/open-service.ts';
import { readState } from '../../rollout/release/store.ts';
import type { World } from '../../world/world.ts';
import { findService, type Where } from '../release/find-service.ts';

export type Addressed = {
  home: ServiceHome;
  url: string;
  /** The process that serves on this machine, where it is known. */
  pid: number | null;
};

/** A service by its spec and where it answers: as given, through the router of its deployed version, or as `up` left it. */
export const addressService = async (world: World, where: Where & { url?: string | undefined }): Promise<Addressed> => {
  const home = findService(where);
  if (where.url !== undefined) return { home, url: originOf(where.url), pid: null };
  const routed = routedUrl(home);
  if (routed !== null) return { home, url: routed, pid: null };
  const state = where.spec === undefined ? await runningService(path.resolve(where.project ?? '.'), world.run) : null;
  if (state) return { home, url: state.url, pid: state.target === 'process' ? state.pid : null };
  throw new AppError('input.invalid', `${home.spec.name} does not run, as far as is known here`, {
    hint: 'Bring it up with `specwright up` or `specwright deploy`, or say with --url where it answers.',
  });
};

const routedUrl = ({ folders }: ServiceHome): string | null => {
  const state = readState(folders);
  const plan = readPlan({ folder: path.join(folders.state, 'router'), name: '' });
  return 'live' in state && state.live && plan ? `http://${plan.address}:${plan.port}` : null;
};

const originOf = (given: string): string => {
  const url = URL.parse(given);
  if (url) return url.origin;
  throw new AppError('usage', `${given} is no URL`, { hint: 'Give one like http://127.0.0.1:8000.' });
};
