import type { ServiceSpec } from '../../artifacts/service/service-spec.ts';
import { AppError } from '../../errors.ts';
import type { Run } from '../../world/processes.ts';
import { freePort, unusedPort } from '../ports.ts';
import type { TargetKind } from '../target/target.ts';
import { builtinRouter } from './builtin-router.ts';
import { withSystemPrograms } from './haproxy-keepers.ts';
import { haproxyImage, haproxyRouter } from './haproxy-router.ts';
import type { Router } from './router.ts';
import { type RouterFiles, type RouterPlan, readPlan, writePlan } from './router-files.ts';

type Wanted = { kind: 'haproxy' | 'builtin' | null; target: TargetKind };
type Opening = { spec: ServiceSpec; wanted: Wanted; environment: Record<string, string> };

/** The service's router: the one that it has, else the wanted kind, else HAProxy where there is one. */
export const openRouter = async (
  run: Run,
  files: RouterFiles,
  opening: Opening,
): Promise<{ router: Router; plan: RouterPlan }> => {
  const { spec, wanted, environment } = opening;
  const known = readPlan(files);
  if (known && wanted.kind && wanted.kind !== known.kind) {
    throw new AppError('usage', `${spec.name} is served through ${known.kind}, not ${wanted.kind}`, {
      hint: 'Take the service down first: specwright down.',
    });
  }
  const plan = known ?? (await choose(run, opening));
  if (!known) await writePlan(files, plan);
  return { router: routerOf(run, files, { plan, environment }), plan };
};

export const routerOf = (
  run: Run,
  files: RouterFiles,
  { plan, environment }: { plan: RouterPlan; environment: Record<string, string> },
): Router =>
  plan.kind === 'builtin' ? builtinRouter(files, plan, environment) : haproxyRouter(files, plan, { run, environment });

const choose = async (run: Run, { spec, wanted: { kind, target }, environment }: Opening): Promise<RouterPlan> => {
  const program = kind === 'builtin' ? null : await haproxyProgram(run, target, environment);
  if (kind === 'haproxy' && !program) {
    throw new AppError('tool.missing', 'HAProxy is not installed, and the image haproxy:2.6 is not at hand', {
      hint: 'Debian and Ubuntu: apt-get install haproxy. Or use --router builtin.',
    });
  }
  return {
    kind: program ? 'haproxy' : 'builtin',
    program,
    address: spec.listen.address,
    port: spec.listen.port ?? (await freePort(spec.port)),
    logPort: await unusedPort(),
  };
};

/** The program of this machine; without it the image, where the engine has or can pull it. */
const haproxyProgram = async (
  run: Run,
  target: Wanted['target'],
  environment: Record<string, string>,
): Promise<'host' | 'container' | null> => {
  const version = await run(['haproxy', '-v'], { limitSeconds: 5, env: withSystemPrograms(environment) });
  if (version.exitCode === 0) return 'host';
  if (target === 'process') return null;
  const inspect = ['docker', 'image', 'inspect', '--format', '{{.Id}}', haproxyImage] as const;
  if ((await run(inspect, { limitSeconds: 10 })).exitCode === 0) return 'container';
  return (await run(['docker', 'pull', haproxyImage], { limitSeconds: 300 })).exitCode === 0 ? 'container' : null;
};
