import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { requirementsDocument } from '../../artifacts/documents/requirements-document.ts';
import { buildImage, history, inspect, runInImage } from '../../deploy/docker-argv.ts';
import type { Stand } from '../../pipeline/context.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { refuseIf, verdict } from '../../pipeline/verdict.ts';
import { readText } from '../../world/files.ts';
import { expectSuccess } from '../../world/processes.ts';
import type { StageContext } from '../context.ts';
import { decidedDevice, projectEnvironment } from '../device.ts';
import { packageName } from '../framework/build.ts';
import { readExport } from '../project/training-products.ts';
import { standOf } from '../stand.ts';

type Evidence = {
  /** Where the check ran. */
  target: Stand;
  check: { command: string; exitCode: number; output: string; cuda: boolean };
  gpu: boolean;
  log: boolean;
  image: null | {
    tag: string;
    sizeMb: number;
    baseMb: number;
    layers: number;
    user: string;
    secrets: string[];
    limitMb: number;
    overBaseMb: number;
  };
};

/** 3.2: the image, with the check inside it; for the target process the same check in the project's environment. */
export const imageStage: Stage<StageContext, Evidence> = {
  id: '3.2',
  phase: 3,
  title: { zh: '镜像', en: 'image' },
  version: 2,
  owners: ['ops'],
  needs: ['requirements', 'runtime-report', 'project', 'model', 'environment'],
  produces: ['image'],
  settings: ['language', 'target'],
  rules: ['DOCKER_CONFIG'],
  async run(context) {
    const log = standOf(context) === 'docker' ? await checkImage(context) : await checkEnvironment(context);
    await context.write('reports/container_env_check.log', log.text);
    await context.write(
      '.specwright/work/3.2/check.json',
      JSON.stringify({ command: log.command, exitCode: log.exitCode, output: log.output }),
    );
  },
  async collect(context) {
    const check = checkFile.parse(JSON.parse(readText(context.at('.specwright/work/3.2/check.json'))));
    return {
      target: standOf(context),
      check: { ...check, output: check.output.slice(-2000), cuda: /cuda_available:\s*true/i.test(check.output) },
      gpu: decidedDevice(context) === 'gpu',
      log: existsSync(context.at('reports/container_env_check.log')),
      image: standOf(context) === 'docker' ? await describeImage(context) : null,
    };
  },
  gate: ({ target, check, gpu, log, image }) =>
    verdict([
      refuseIf(!log, 'reports/container_env_check.log', 'was not written'),
      refuseIf(check.exitCode !== 0, check.command, `the check ended with ${check.exitCode}: ${check.output}`),
      refuseIf(gpu && !check.cuda, 'reports/container_env_check.log', 'does not say cuda_available: true'),
      refuseIf(target === 'docker' && image === null, 'image', 'there is no image'),
      ...(image === null
        ? []
        : [
            refuseIf(
              image.sizeMb > image.limitMb,
              image.tag,
              `is ${image.sizeMb.toFixed(0)} MB, at most ${image.limitMb} MB are allowed`,
            ),
            refuseIf(
              image.sizeMb - image.baseMb > image.overBaseMb,
              image.tag,
              `is ${(image.sizeMb - image.baseMb).toFixed(0)} MB over its base, at most ${image.overBaseMb} MB are allowed`,
            ),
            refuseIf(/^(0|root)?(:|$)/.test(image.user), image.tag, `runs as ${image.user || 'root'}`),
            ...image.secrets.map((secret) =>
              refuseIf(true, image.tag, `a layer holds what looks like a secret: ${secret}`),
            ),
          ]),
    ]),
};

const checkFile = z.object({ command: z.string(), exitCode: z.number(), output: z.string() });

export const imageTag = (context: StageContext): string => {
  const { project } = context.read(requirementsDocument);
  return `${project}:${decidedDevice(context) === 'gpu' ? 'gpu-' : ''}${readExport(context.root).version}`;
};

const checkModule = (context: StageContext): string[] => [
  '-m', `${packageName(context.read(requirementsDocument))}.serving.check`, ...(decidedDevice(context) === 'gpu' ? ['--expect-cuda'] : []),
]; // biome-ignore format: an argv

const checkEnvironment = async (context: StageContext) => {
  const { python } = projectEnvironment(context);
  const result = await context.tool([python, ...checkModule(context)], {
    cwd: context.root,
    limitSeconds: 120,
    env: { MODEL_DIR: context.at('models/current') },
  });
  const forCluster = context.settings.target === 'kubernetes';
  return describeCheck(result, [
    `target: process`,
    ...(forCluster ? ['image: not built, no Docker engine answers'] : []),
  ]);
};

const checkImage = async (context: StageContext) => {
  const { DOCKER_CONFIG } = context.rules;
  const tag = imageTag(context);
  const gpu = decidedDevice(context) === 'gpu';
  context.progress(context.say(`构建 ${tag}`, `building ${tag}`));
  const built = await context.tool(
    buildImage({
      context: context.root,
      dockerfile: context.at('deploy/docker', gpu ? 'Dockerfile.gpu' : 'Dockerfile'),
      tag,
      labels: { 'specwright.project': tag.split(':')[0]! },
    }),
    { cwd: context.root, limitSeconds: DOCKER_CONFIG.build_limit_seconds },
  );
  expectSuccess(built, 'Building the image', 'See the last lines above; `specwright doctor` checks the Docker engine.');
  const name = `${tag.replaceAll(/[^a-z0-9-]/g, '-')}-check-${process.pid}`;
  const result = await context.tool(runInImage(tag, name, ['python3', ...checkModule(context)], gpu), {
    limitSeconds: 120,
  });
  return describeCheck(result, ['target: docker', `image: ${tag}`, `build_seconds: ${built.seconds.toFixed(1)}`]);
};

const describeCheck = (
  result: { argv: string[]; exitCode: number; stdout: string; stderr: string },
  head: string[],
) => {
  const command = result.argv.join(' ');
  const output = `${result.stdout}${result.stderr}`.trim();
  return {
    command,
    exitCode: result.exitCode,
    output,
    text: [...head, `command: ${command}`, `exit_code: ${result.exitCode}`, '', output, ''].join('\n'),
  };
};

const inspected = z.array(
  z.object({
    Size: z.number(),
    Config: z.object({ User: z.string().optional(), Env: z.array(z.string()).nullish() }),
    RootFS: z.object({ Layers: z.array(z.string()).nullish() }),
  }),
);

const describeImage = async (context: StageContext): Promise<Evidence['image']> => {
  const { DOCKER_CONFIG } = context.rules;
  const tag = imageTag(context);
  const [image, base, layers] = await Promise.all([
    context.tool(inspect(tag), { limitSeconds: 30 }),
    context.tool(inspect(DOCKER_CONFIG.base_image), { limitSeconds: 30 }),
    context.tool(history(tag), { limitSeconds: 30 }),
  ]);
  if (image.exitCode !== 0) return null;
  const [own] = inspected.parse(JSON.parse(image.stdout));
  const baseParsed = base.exitCode === 0 ? inspected.parse(JSON.parse(base.stdout))[0] : undefined;
  const asked = context.read(requirementsDocument).items.find(({ subject }) => subject === 'image_size')?.value;
  return {
    tag,
    sizeMb: own!.Size / 1e6,
    baseMb: (baseParsed?.Size ?? 0) / 1e6,
    layers: own!.RootFS.Layers?.length ?? 0,
    user: own!.Config.User ?? '',
    secrets: [
      ...layers.stdout.matchAll(secretPattern),
      ...(own!.Config.Env ?? []).join('\n').matchAll(secretPattern),
    ].map((match) => match[1]!),
    limitMb: typeof asked === 'number' ? Math.min(asked, DOCKER_CONFIG.image_limit_mb) : DOCKER_CONFIG.image_limit_mb,
    overBaseMb: DOCKER_CONFIG.over_base_limit_mb,
  };
};

const secretPattern = /\b([A-Z0-9_]*(?:PASSWORD|SECRET|TOKEN|API_?KEY|PRIVATE_KEY))=\S+/g;

export const serviceFootprintMb = async (context: StageContext): Promise<number> => {
  const script = path.join(context.config.packageFolder, 'python', 'serving_footprint.py');
  const result = await context.tool(
    [
      projectEnvironment(context).python,
      script,
      'deploy/docker/requirements.txt',
      packageName(context.read(requirementsDocument)),
      'models/current',
    ],
    { cwd: context.root, limitSeconds: 60 },
  );
  return z
    .object({ total: z.number() })
    .parse(JSON.parse(expectSuccess(result, 'Measuring the size of the service').stdout)).total;
};
