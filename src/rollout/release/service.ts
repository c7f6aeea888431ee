import { placesPerPool, type RoutedServer, type Router, weightsFor } from '../../deploy/router/router.ts';
import type { Instance, Target } from '../../deploy/target/target.ts';
import { AppError } from '../../errors.ts';
import type { Release } from './state.ts';
import { readRelease, type ServiceFolders } from './store.ts';

/** A service with all that a rollout of it needs. */
export type RolloutService = {
  name: string;
  folders: ServiceFolders;
  target: Target;
  router: Router;
  logPort: number;
  now: () => Date;
};

/** The copies of a version that are there. */
export const instancesOf = (instances: Instance[], release: Release): Instance[] =>
  instances.filter(({ version, pool }) => version === release.version && pool === release.pool);

/** `percent` of the requests to one version, the rest to the other; copies of neither get nothing. */
export const serversFor = (
  instances: Instance[],
  { of, percent, rest }: { of: Release; percent: number; rest: Release | null },
): RoutedServer[] => {
  const first = rest ? instancesOf(instances, rest) : [];
  const second = instancesOf(instances, of);
  const weights = weightsFor(percent / 100, { first: first.length, second: second.length });
  const routed =
    (weight: number) =>
    ({ pool, index, port }: Instance) => ({ pool, index, port, weight });
  const alone = rest === null && percent > 0;
  return [
    ...first.map(routed(second.length === 0 ? 256 : weights.first)),
    ...second.map(routed(alone ? 256 : weights.second)),
  ];
};

export const startAll = async (service: RolloutService, release: Release): Promise<Instance[]> => {
  const kept = readRelease(service.folders, release.version);
  if (kept.spec.peers > placesPerPool)
    throw new AppError('input.invalid', `${service.name}: at most ${placesPerPool} peers can stand side by side`);
  const places = Array.from({ length: kept.spec.peers }, (_, index) => ({ pool: release.pool, index }));
  return Promise.all(places.map((place) => service.target.start(kept, place)));
};
