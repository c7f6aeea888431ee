import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { loadConfig } from '../../src/config.ts';
import { unusedPort } from '../../src/deploy/ports.ts';
import type { TargetKind } from '../../src/deploy/target/target.ts';
import { type DeployOptions, deploy } from '../../src/operations/release/deploy.ts';
import { findService } from '../../src/operations/release/find-service.ts';
import { listReleases, rollBack, steer, takeDownRelease } from '../../src/operations/release/steer.ts';
import { type Entry, readJournal } from '../../src/pipeline/journal.ts';
import type { Progress } from '../../src/rollout/doing/work.ts';
import type { RolloutState } from '../../src/rollout/release/state.ts';
import { journalFile, readState } from '../../src/rollout/release/store.ts';
import { realWorld } from '../../src/world/world.ts';

const config = loadConfig();
export const world = realWorld(config);
const surroundings = { config, world };
const program = fileURLToPath(new URL('service.mjs', import.meta.url));

export type Version = {
  settings?: Record<string, string>;
  rollout?: Record<string, unknown>;
  smoke?: object[];
  peers?: number;
  spec?: Record<string, unknown>;
};
export type Rig = Awaited<ReturnType<typeof makeRig>>;

/** A service in a folder of its own, whose versions are written, deployed and watched. */
export const makeRig = async (
  chosen: { target?: TargetKind; router?: 'haproxy' | 'builtin'; name?: string; within?: string } = {},
) => {
  const folder = mkdtempSync(path.join(chosen.within ?? tmpdir(), 'specwright-rollout-'));
  const file = path.join(folder, 'service.yaml');
  const port = await unusedPort();
  const home = () => findService({ spec: file });
  const never = new AbortController().signal;
  const progress: Progress[] = [];
  const tell = (one: Progress) => void progress.push(one);
  const write = (version: string, { settings = {}, rollout = {}, smoke, peers = 1, spec = {} }: Version = {}) => {
    const isContainer = (chosen.target ?? 'process') !== 'process';
    const value = {
      name: chosen.name ?? 'sample',
      version,
      port: isContainer ? 8080 : port,
      listen: { port },
      ...(isContainer
        ? { image: 'specwright-test-service:1', read_only_root: true }
        : { run: { argv: [process.execPath, program] } }),
      peers,
      smoke: smoke ?? [
        { method: 'POST', path: '/predict', body: {}, expect: { body: { output: 4 }, schema: answerSchema } },
      ],
      settings: { ...(isContainer ? { HOST: '0.0.0.0' } : {}), ...settings },
      probes: { limit_seconds: 3 },
      rollout: { watch_seconds: 0.3, drain_seconds: 5, grace_seconds: 1, judge: { warmup_seconds: 0 }, ...rollout },
      ...spec,
    };
    writeFileSync(file, stringify(value));
  };
  return {
    folder,
    file,
    url: `http://127.0.0.1:${port}`,
    progress,
    write,
    home,
    state: (): RolloutState => readState(home().folders),
    journal: (): Entry[] => readJournal(journalFile(home().folders)),
    async deploy(version: string, written: Version = {}, options: Partial<DeployOptions> = {}): Promise<RolloutState> {
      write(version, written);
      const all = { target: chosen.target, router: chosen.router, signal: never, ...options };
      const [done] = await deploy(surroundings, [home()], { tell: (_, one) => tell(one), ...all });
      return done!.state;
    },
    steer: (event: 'promote' | 'pause' | 'abort' | 'resume') =>
      steer(surroundings, home(), { event, signal: never, tell }),
    rollBack: (version?: string) => rollBack(surroundings, home(), { version, signal: never, tell }),
    list: () => listReleases(surroundings, home()),
    takeDown: () => takeDownRelease(surroundings, home()),
    async clear() {
      await takeDownRelease(surroundings, home());
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const answerSchema = { type: 'object', properties: { output: { type: 'number' } }, required: ['output'] };

export const has = async (argv: [string, ...string[]]): Promise<boolean> =>
  (await world.run(argv, { limitSeconds: 30 })).exitCode === 0;

/** The image of the test service, where an engine answers. */
export const buildTestImage = async (): Promise<boolean> =>
  (await has(['docker', 'image', 'inspect', 'node:24-slim'])) &&
  (await has(['docker', 'build', '--quiet', '--tag', 'specwright-test-service:1', path.dirname(program)]));
