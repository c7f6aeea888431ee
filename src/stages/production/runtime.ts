import { type Runtime, runtimeDocument } from '../../artifacts/documents/runtime.ts';
import { greeting } from '../../deploy/docker-argv.ts';
import { dockerFacts } from '../../deploy/docker-facts.ts';
import { freePort } from '../../deploy/ports.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { refuseIf, verdict } from '../../pipeline/verdict.ts';
import type { StageContext } from '../context.ts';
import { decidedDevice } from '../device.ts';
import { checkObjects } from './operating/cluster-files.ts';

type Evidence = Pick<Runtime, 'target' | 'problem' | 'proofs' | 'gpu_needed' | 'gpu_passthrough'>;

/** 3.1: what the chosen target needs is there, proved by use. Installation is told, never done. */
export const runtimeStage: Stage<StageContext, Evidence> = {
  id: '3.1',
  phase: 3,
  title: { zh: '运行环境', en: 'runtime' },
  version: 2,
  owners: ['ops', 'user'],
  needs: ['requirements', 'environment'],
  produces: ['runtime-report'],
  settings: ['language', 'target'],
  rules: ['DOCKER_CONFIG'],
  async run(context) {
    const facts = await dockerFacts(context.world.run);
    const { target } = context.settings;
    const stand = target === 'kubernetes' ? (facts.problem ? 'process' : 'docker') : target;
    const docker = stand === 'docker';
    const gpuNeeded = decidedDevice(context) === 'gpu';
    const problem = docker ? facts.problem : null;
    const proofs = problem ? [] : await (docker ? proveDocker(context, gpuNeeded) : proveProcess(context));
    await context.put(runtimeDocument, {
      target,
      measured_on: stand,
      docker_version: facts.server,
      compose_version: facts.compose ? `${facts.compose.version} (${facts.compose.kind})` : null,
      gpu_passthrough: facts.gpu,
      gpu_needed: docker && gpuNeeded,
      problem,
      proofs: target === 'kubernetes' && !problem ? [...proofs, await proveSchemas(context)] : proofs,
    });
  },
  async collect(context) {
    const { target, problem, proofs, gpu_needed, gpu_passthrough } = context.read(runtimeDocument);
    return { target, problem, proofs, gpu_needed, gpu_passthrough };
  },
  gate: ({ target, problem, proofs, gpu_needed, gpu_passthrough }) =>
    verdict([
      problem !== null && { about: target, message: `${problem.message}. ${problem.next}` },
      refuseIf(problem === null && proofs.length === 0, target, 'nothing was proved by use'),
      ...proofs.map((proof) =>
        refuseIf(proof.exit_code !== 0, proof.command, `ended with ${proof.exit_code}: ${proof.output}`),
      ),
      refuseIf(
        gpu_needed && !gpu_passthrough,
        'gpu',
        'containers cannot reach a GPU; install nvidia-container-toolkit',
      ),
    ]),
};

const proveDocker = async (context: StageContext, gpu: boolean): Promise<Runtime['proofs']> => {
  const { base_image } = context.rules.DOCKER_CONFIG;
  const result = await context.tool(greeting(base_image, gpu), { limitSeconds: 300 });
  return [proof(context.say('启动一个容器', 'a container starts'), result)];
};

const proveProcess = async (context: StageContext): Promise<Runtime['proofs']> => {
  const { python } = await context.workbench.environment();
  const result = await context.tool(
    [
      python,
      '-c',
      'import onnxruntime, uvicorn; print(onnxruntime.__version__, ",".join(onnxruntime.get_available_providers()))',
    ],
    { limitSeconds: 60 },
  );
  const port = await freePort(context.rules.DOCKER_CONFIG.port);
  return [
    proof(context.say('服务所需的库可以加载', 'the libraries of the service load'), result),
    {
      what: context.say('有空闲端口', 'a port is free'),
      command: `listen 127.0.0.1:${port}`,
      exit_code: 0,
      output: String(port),
    },
  ];
};

/** The schemas of the cluster's kinds are at hand: they take a sound object and refuse one that is not. */
const proveSchemas = async (context: StageContext): Promise<Runtime['proofs'][number]> => {
  const service = (port: unknown) =>
    `{apiVersion: v1, kind: Service, metadata: {name: probe}, spec: {ports: [{port: ${port}}]}}`;
  const [sound, unsound] = await checkObjects({ sound: service(80), unsound: service('eighty') }).then((found) =>
    found.map(({ fault }) => fault),
  );
  const works = sound === null && typeof unsound === 'string';
  return {
    what: context.say('集群对象的模式可用', "the schemas of a cluster's objects work"),
    command: 'validate v1 Service',
    exit_code: works ? 0 : 1,
    output: works
      ? context.say('正确的通过，错误的被拒绝', 'a sound one passes, a wrong one is refused')
      : String(sound ?? 'a wrong one passes'),
  };
};

const proof = (
  what: string,
  result: { argv: string[]; exitCode: number; stdout: string; stderr: string },
): Runtime['proofs'][number] => ({
  what,
  command: result.argv.join(' '),
  exit_code: result.exitCode,
  output: (result.stdout.trim() || result.stderr.trim()).split('\n').slice(-3).join(' '),
});
