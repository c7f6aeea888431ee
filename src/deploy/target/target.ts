import type { ServiceSpec } from '../../artifacts/service/service-spec.ts';

/** The two places of a service that versions take in turn: while one serves, the next comes up in the other. */
export const pools = ['blue', 'green'] as const;
export type Pool = (typeof pools)[number];

export const otherPool = (pool: Pool): Pool => (pool === 'blue' ? 'green' : 'blue');

/** A version as it was kept: the spec with every path made absolute, and what of the project it needs. */
export type KeptRelease = { version: string; spec: ServiceSpec; folder: string; image: string | null };

/** One running copy of a version. */
export type Instance = { name: string; version: string; pool: Pool; index: number; port: number };

/** `starts`: how often it was started by now; more than one says that it has ended by itself. */
export type InstanceState = {
  status: 'running' | 'down';
  starts: number;
  /** Why it ended by itself, where it did: `out of memory, more than 60 MB`, `exit code 3`. */
  ended: string | null;
  /** What holds the limits of its spec; absent: a container's engine does. */
  limits?: { memory: string | null; cpus: string | null };
};

/** Where versions run on this machine: supervised processes, containers of the engine, or containers by compose. */
export const targetKinds = ['process', 'docker', 'compose'] as const;
export type TargetKind = (typeof targetKinds)[number];

/** Where versions run. What it started is found again after the program has ended, however it ended. */
export type Target = {
  kind: TargetKind;
  /** Starts the copy where it does not run already. */
  start(release: KeptRelease, place: { pool: Pool; index: number }): Promise<Instance>;
  list(): Promise<Instance[]>;
  state(instance: Instance): Promise<InstanceState>;
  /** Asks it to end, kills it after the grace, and removes it. True where it had to be killed. */
  stop(instance: Instance, graceSeconds: number): Promise<boolean>;
  /** The last lines that it wrote. */
  logs(instance: Instance, lines: number): Promise<string>;
};

/** What is started for this program alone ends with it, however it ends: process groups and containers. */
export type Lifetime = { owner: number; watchContainer(name: string): void };

export const instanceName = (
  service: string,
  version: string,
  { pool, index }: { pool: Pool; index: number },
): string => `${service}-${version}-${pool}-${index}`;
