import { readdirSync } from 'node:fs';
import { stringify } from 'yaml';
import {
  type Confirmation,
  type DeployReport,
  deployReportDocument,
  type SlaRow,
  slaTable,
} from '../../artifacts/documents/deploy-report.ts';
import { guidanceDocument } from '../../artifacts/documents/guidance.ts';
import { requirementsDocument } from '../../artifacts/documents/requirements-document.ts';
import { fenced } from '../../artifacts/markdown.ts';
import type { Requirements } from '../../artifacts/requirements.ts';
import { serviceSpecSchema } from '../../artifacts/service/service-spec.ts';
import { vocabulary } from '../../artifacts/vocabulary.ts';
import { composeText } from '../../deploy/compose-file.ts';
import { type ServiceState, serviceOutput, stopService } from '../../deploy/service-control.ts';
import { AppError, messageOf } from '../../errors.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { refuseIf, verdict } from '../../pipeline/verdict.ts';
import type { LoadResult } from '../../rollout/load/load-task.ts';
import { findSaturation } from '../../rollout/load/open-loop-load.ts';
import { peakResidentMb } from '../../world/process-memory.ts';
import type { StageContext } from '../context.ts';
import { diagnose } from '../model-notes.ts';
import { checkSlas } from '../sla.ts';
import { standOf } from '../stand.ts';
import { familyOf } from '../templates.ts';
import { checkBatchRun } from './batch-run.ts';
import { confirmUnmeasured } from './confirmation.ts';
import { startCurrentService } from './deploy-service.ts';
import { imageTag, serviceFootprintMb } from './image.ts';
import { latencyPicture } from './latency-picture.ts';
import { loadFigures, measureLoad } from './load-windows.ts';
import { replaceMeasured } from './readme-block.ts';
import { checkEndpoints, readSamples, smokeTest } from './service-checks.ts';
import { serviceSpec, specFile } from './service-spec.ts';

type Evidence = Pick<DeployReport, 'checks' | 'smoke' | 'load' | 'slas' | 'confirmations'>;

/** 3.3: the service started, asked, predicted with, and loaded; every SLA row with its figure, the rest confirmed. */
export const deployStage: Stage<StageContext, Evidence> = {
  id: '3.3',
  phase: 3,
  title: { zh: '部署', en: 'deploy' },
  version: 4,
  owners: ['ops', 'tester'],
  needs: ['requirements', 'image', 'project', 'mini-data', 'model', 'guidance', 'readme', 'runtime-report'],
  produces: ['deploy-report', 'readme'],
  settings: ['language', 'target'],
  rules: ['DOCKER_CONFIG'],
  async run(context) {
    const requirements = context.read(requirementsDocument);
    const confirmations = await confirmUnmeasured(context, requirements);
    await writeSpec(context, requirements);
    try {
      const { state, seconds } = await startCurrentService(context);
      await context.put(deployReportDocument, await measure(context, { state, seconds, requirements, confirmations }));
    } catch (error) {
      await reportFatal(context, error);
      throw error;
    }
    const report = context.read(deployReportDocument);
    await context.write('reports/latency.svg', latencyPicture(report, context.say));
    await context.write('README.md', replaceMeasured(context, slaTable(report.slas, context.say)));
  },
  async collect(context) {
    const { checks, smoke, load, slas, confirmations } = context.read(deployReportDocument);
    return { checks, smoke, load, slas, confirmations };
  },
  gate: ({ checks, smoke, load, slas, confirmations }) =>
    verdict([
      ...checks.map((check) => refuseIf(!check.passed, check.what, `expected ${check.expected}, found ${check.found}`)),
      refuseIf(smoke.requests === 0, 'POST /predict', 'no real prediction was made'),
      refuseIf(
        smoke.wrong > 0,
        'POST /predict',
        `${smoke.wrong} of ${smoke.requests} predictions differ from the training side`,
      ),
      refuseIf(load.requests === 0, 'load', 'no request was sent'),
      ...slas.map((row) => refuseIf(!row.met && !row.confirmed, row.id, notMet(row, 'en'), notMet(row, 'zh'))),
      ...confirmations
        .filter(({ id }) => !slas.some((row) => row.id === id))
        .map(({ id, confirmed }) => refuseIf(!confirmed, id, notConfirmed, notConfirmedZh)),
    ]),
};

const composeFile = 'deploy/docker/docker-compose.yml';

/** The spec before anything is started, since everything is started from it, and the compose file that follows from it. */
const writeSpec = async (context: StageContext, requirements: Requirements): Promise<void> => {
  const spec = serviceSpec(context, requirements);
  await context.write(specFile, stringify(spec, { lineWidth: 0, aliasDuplicateObjects: false }));
  const compose = composeText(serviceSpecSchema.parse(spec), { file: composeFile, specFolder: '..' });
  await context.write(composeFile, compose);
};

const notConfirmed =
  'no machine can show it, and the answer to the question for it was stop. Where it is not wanted any more, take it out of spec/requirements.md and run specwright resume';
const notConfirmedZh =
  '机器无法证明，而问题的回答是 stop。如果不再需要它，请从 spec/requirements.md 中删去该条目，然后运行 specwright resume';

const notMet = (row: SlaRow, language: 'zh' | 'en'): string => {
  const asked = `${row.op} ${row.asked}${row.unit ? ` ${row.unit}` : ''}`;
  const measured = row.measured === null ? null : Number(row.measured.toPrecision(4));
  return language === 'zh'
    ? `未达到：${row.subject} 实测 ${measured ?? '无'}，要求 ${asked}`
    : `not met: ${row.subject} measured ${measured ?? 'nothing'}, asked ${asked}`;
};

const measure = async (
  context: StageContext,
  {
    state,
    seconds,
    requirements,
    confirmations,
  }: { state: ServiceState; seconds: number; requirements: Requirements; confirmations: Confirmation[] },
): Promise<DeployReport> => {
  const samples = readSamples(context);
  const checks = [
    ...(await checkEndpoints(state.url, state.version, familyOf(context.config, requirements.task!))),
    ...(await checkBatchRun(context, requirements)),
  ];
  const smoke = await smokeTest(state.url, samples);
  const bodies = samples.map(({ input }) => JSON.stringify({ inputs: [input] }));
  const { load: rule } = context.rules.DOCKER_CONFIG;
  const asked = requirements.items.find(({ subject }) => subject === 'throughput')?.value;
  const rate = Math.max(rule.rate_rps, typeof asked === 'number' ? Math.ceil(asked * 1.05) : 0);
  const target = {
    url: `${state.url}/predict`,
    body: (index: number) => bodies[index % bodies.length]!,
    signal: context.signal,
  };
  context.progress(context.say(`负载 ${rate} 次/秒`, `load at ${rate} requests/s`));
  const began = performance.now();
  const { load, windows } = await measureLoad(target, { ...rule, rate }, requirements);
  const saturation = await findSaturation({ ...target, startRate: rate, limitRate: rate * 16 });
  context.record('load.measured', {
    what: `load at ${rate} requests/s and saturation`,
    seconds: (performance.now() - began) / 1000,
  });
  const memory = await serviceMemoryMb(context, state);
  const footprint = await serviceFootprintMb(context);
  const image = state.target === 'docker' ? imageTag(context) : null;
  const measured = await measuredFigures(context, {
    load,
    saturation: Math.max(saturation.rps, load.achievedRps),
    seconds,
    memory,
    footprint,
  });
  return {
    target: context.settings.target,
    measured_on: state.target,
    version: state.version,
    image,
    startup_seconds: seconds,
    checks,
    smoke,
    load: {
      rate,
      windows,
      seconds: rule.seconds,
      requests: load.requests,
      errors: load.errors,
      achieved_rps: load.achievedRps,
      saturation_rps: saturation.rps,
      latency_ms: finite(load.latency),
    },
    memory_mb: memory,
    footprint_mb: footprint,
    slas: checkSlas(requirements.items, measured, ['quality', 'service', 'size', 'cost']).map(
      (row): SlaRow => ({
        ...row,
        confirmed: confirmations.some(({ id, confirmed }) => confirmed && id === row.id),
        source: sourceOf(context, row.subject),
      }),
    ),
    confirmations,
  };
};

/** Nothing was answered: JSON has no infinity, and no limit is as high as this. */
const finite = (latency: LoadResult['latency']): DeployReport['load']['latency_ms'] => {
  const within = (value: number) => Math.min(value, 1e9);
  const { mean, p50, p95, p99, max } = latency;
  return { mean: within(mean), p50: within(p50), p95: within(p95), p99: within(p99), max: within(max) };
};

const measuredFigures = async (
  context: StageContext,
  facts: { load: LoadResult; saturation: number; seconds: number; memory: number | null; footprint: number },
): Promise<Record<string, number>> => {
  const { training, export: exported, holdout } = context.read(guidanceDocument);
  return {
    ...holdout.metrics,
    training_time: training.seconds,
    model_size: exported.model_mb,
    image_size: standOf(context) === 'docker' ? await imageSizeMb(context) : facts.footprint,
    ...loadFigures(facts.load),
    throughput: facts.saturation,
    startup_time: facts.seconds,
    ...(facts.memory === null ? {} : { memory: facts.memory }),
  };
};

const imageSizeMb = async (context: StageContext): Promise<number> => {
  const result = await context.tool(['docker', 'image', 'inspect', '--format', '{{.Size}}', imageTag(context)], {
    limitSeconds: 30,
  });
  return Number(result.stdout.trim()) / 1e6;
};

const sourceOf = (context: StageContext, subject: SlaRow['subject']): string => {
  if (subject === 'image_size' && standOf(context) === 'process') {
    return context.say(
      '未构建镜像：解释器、依赖、代码与模型的大小之和',
      'no image was built: interpreter, packages, code and model together',
    );
  }
  if (subject === 'availability')
    return context.say('压测窗口内成功请求的比例', 'share of successful requests in the load window');
  return vocabulary[subject as keyof typeof vocabulary].measuredBy[context.settings.language];
};

/** Highest resident memory of the serving process since its start. */
const serviceMemoryMb = async (context: StageContext, state: ServiceState): Promise<number | null> => {
  if (state.target === 'process') return state.pid === null ? null : peakResidentMb(String(state.pid));
  const found = await context.tool(['docker', 'inspect', '--format', '{{.State.Pid}}', state.container], {
    limitSeconds: 30,
  });
  return peakResidentMb(found.stdout.trim());
};

/** A fatal fault: the report with what the service wrote last, and nothing left running. */
const reportFatal = async (context: StageContext, error: unknown): Promise<void> => {
  context.signal.throwIfAborted();
  const output = await serviceOutput(context.root, context.world.run, null, 40);
  const number =
    readdirSync(context.at('reports')).filter((name) => name.startsWith('docker_error_report_')).length + 1;
  const hint = error instanceof AppError ? (error.hint ?? '') : '';
  await context.write(
    `reports/docker_error_report_${number}.md`,
    `# ${context.say('部署失败', 'The deployment failed')}\n\n${messageOf(error)}\n\n${hint}\n\n## ${context.say('服务的最后输出', 'Last output of the service')}\n\n${fenced(output, 'text')}\n${await diagnose(context, `${messageOf(error)}\n${output}`)}`,
  );
  await stopService(context.root, context.world.run, 2);
};
