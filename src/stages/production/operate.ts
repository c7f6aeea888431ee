import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { deployReportDocument, slaTable } from '../../artifacts/documents/deploy-report.ts';
import { requirementsDocument } from '../../artifacts/documents/requirements-document.ts';
import { type RunningReport, runningReportDocument } from '../../artifacts/documents/running-report.ts';
import { technologyDocument } from '../../artifacts/documents/technology.ts';
import type { Requirements } from '../../artifacts/requirements.ts';
import type { ServiceState } from '../../deploy/service-control.ts';
import { alertRules, isWatched } from '../../monitor/alert-rules.ts';
import { alertInput as inputFromSpec } from '../../monitor/from-spec.ts';
import { dashboardQueries } from '../../monitor/grafana-dashboard.ts';
import { monitoringFiles } from '../../monitor/monitoring-files.ts';
import { progressMetrics } from '../../monitor/progress-metrics.ts';
import type { AlertInput } from '../../monitor/rule.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { refuseIf, verdict } from '../../pipeline/verdict.ts';
import { readSpec } from '../../rollout/release/open-service.ts';
import { listFiles, readJson, readText } from '../../world/files.ts';
import { lastLines } from '../../world/processes.ts';
import type { StageContext } from '../context.ts';
import { ensureService } from './deploy-service.ts';
import { type ClusterObject, checkObjects, clusterDefaults, clusterFiles } from './operating/cluster-files.ts';
import { progressOf } from './operating/project-progress.ts';
import { replaceMeasured } from './readme-block.ts';
import { rehearse } from './rehearsal.ts';
import { specFile } from './service-spec.ts';
import { dashboardPanels } from './subject-evidence.ts';
import { alertFile, readAlerts, readThreads } from './threads.ts';

type Evidence = Pick<
  RunningReport,
  'rules' | 'metrics' | 'dashboard_panels' | 'drift_reference' | 'threads' | 'rehearsal' | 'target' | 'cluster'
> & {
  watched: string[];
};

const folder = 'deploy/monitoring';
const clusterFolder = 'deploy/kubernetes';

/** 3.4: alert rules from the SLA rows, their tests, dashboard, drift reference, and every requirement once more. */
export const operateStage: Stage<StageContext, Evidence> = {
  id: '3.4',
  phase: 3,
  title: { zh: '运行与回顾', en: 'operate' },
  version: 4,
  owners: ['tester', 'planner'],
  needs: [
    'requirements', 'technology', 'tasks', 'build-log', 'environment', 'mini-data', 'notebook', 'guidance', 'model', 'image',
    'runtime-report', 'deploy-report', 'readme',
  ], // biome-ignore format: one list
  produces: ['running-report', 'readme'],
  settings: ['language', 'target'],
  rules: ['DOCKER_CONFIG'],
  async run(context) {
    const state = await ensureService(context);
    const input = alertInput(context);
    await writeMonitoring(context, input, state);
    context.progress(context.say('演练切换、金丝雀与回滚', 'rehearsing a canary, a switch and a rollback'));
    const [promtool, metrics, rehearsal] = await Promise.all([
      runPromtool(context),
      queriedMetrics(context, input, state),
      rehearse(context),
    ]);
    context.record('rollout.rehearsed', { rehearsal });
    const deployed = context.read(deployReportDocument);
    await context.put(runningReportDocument, {
      rules: { alerts: readAlerts(context.root).map(({ alert, requirement }) => ({ alert, requirement })), promtool },
      metrics,
      dashboard_panels: dashboardPanels(context.root),
      drift_reference: driftReference(context),
      threads: readThreads(context.root),
      slas: deployed.slas,
      target: context.settings.target,
      cluster: await writtenObjects(context),
      rehearsal,
    });
    await context.write('README.md', replaceMeasured(context, measuredBlock(context)));
  },
  async collect(context) {
    const { rules, metrics, rehearsal } = context.read(runningReportDocument);
    return {
      rules: { ...rules, alerts: readAlerts(context.root).map(({ alert, requirement }) => ({ alert, requirement })) },
      metrics,
      rehearsal,
      dashboard_panels: dashboardPanels(context.root),
      drift_reference: driftReference(context),
      threads: readThreads(context.root),
      target: context.settings.target,
      cluster: await writtenObjects(context),
      watched: watchedItems(context.read(requirementsDocument)).map(({ id }) => id),
    };
  },
  gate: ({ rules, metrics, dashboard_panels, drift_reference, threads, watched, rehearsal, target, cluster }) =>
    verdict([
      ...rehearsalRefusals(rehearsal),
      refuseIf(target === 'kubernetes' && cluster.length === 0, clusterFolder, 'holds no object for the cluster'),
      ...cluster.map(({ file, kind, name, fault }) =>
        refuseIf(fault !== null, `${clusterFolder}/${file}`, `${kind} ${name}: ${fault}`),
      ),
      refuseIf(
        rules.promtool.available && rules.promtool.check_exit !== 0,
        alertFile,
        `promtool check rules: ${rules.promtool.output}`,
      ),
      refuseIf(
        rules.promtool.available && rules.promtool.test_exit !== 0,
        alertFile,
        `promtool test rules: ${rules.promtool.output}`,
      ),
      ...watched.map((id) =>
        refuseIf(!rules.alerts.some(({ requirement }) => requirement === id), id, 'no alert rule watches it'),
      ),
      refuseIf(metrics.length === 0, 'GET /metrics', 'no metric was looked for'),
      ...metrics.map(({ name, found }) =>
        refuseIf(!found, name, 'a rule or a panel asks for it, and the service does not show it'),
      ),
      refuseIf(dashboard_panels === 0, `${folder}/dashboard.json`, 'has no panel'),
      refuseIf(
        drift_reference.rows === 0 || drift_reference.columns === 0,
        `${folder}/drift_reference.json`,
        'describes nothing',
      ),
      refuseIf(threads.length === 0, 'spec/requirements.md', 'no requirement was followed'),
      ...threads.flatMap(({ id, links }) =>
        links.map((link) => refuseIf(!link.found, id, `its thread is broken at ${link.name}: ${link.detail}`)),
      ),
    ]),
};

const rehearsalRefusals = (rehearsal: RunningReport['rehearsal']) => {
  if (!rehearsal.ran) return [refuseIf(true, 'rehearsal', `it did not run to its end: ${rehearsal.because}`)];
  const { requests, failed, switched, canary, rollback } = rehearsal;
  return [
    refuseIf(requests === 0, 'rehearsal', 'no request was sent'),
    refuseIf(failed > 0, 'rehearsal', `${failed} of ${requests} requests failed`),
    refuseIf(canary.seen_percent === 0, 'rehearsal', 'the canary had no request'),
    refuseIf(!switched.complete, 'rehearsal', 'the second copy did not get all traffic'),
    refuseIf(!rollback.complete, 'rehearsal', 'the version before did not come back'),
  ];
};

const watchedItems = ({ items }: Requirements) =>
  items.filter(({ kind, subject, value }) => kind === 'sla' && isWatched(subject) && typeof value === 'number');

/** From `deploy/service.yaml`, as 3.3 wrote it. */
const alertInput = (context: StageContext): AlertInput =>
  inputFromSpec(readSpec(context.at(specFile)), context.rules.DOCKER_CONFIG.alerts);

const predicts = (context: StageContext): 'labels' | 'values' =>
  context.read(technologyDocument).task.endsWith('classification') ? 'labels' : 'values';

const writeMonitoring = async (context: StageContext, input: AlertInput, state: ServiceState): Promise<void> => {
  mkdirSync(context.at(folder), { recursive: true });
  const plan = { targets: [new URL(state.url).host], predicts: predicts(context) };
  for (const [name, text] of Object.entries(monitoringFiles(input, plan)))
    await context.write(`${folder}/${name}`, text);
  const progress = progressMetrics(input.service.name, progressOf(context));
  await context.write(`${folder}/specwright.prom`, progress);
  const spec = readSpec(context.at(specFile));
  const cluster = await clusterFiles(spec, { ...clusterDefaults, ruleGroups: alertRules(input).groups });
  // An object that the spec gives no longer must not stay behind.
  await rm(context.at(clusterFolder), { recursive: true, force: true });
  for (const [name, text] of Object.entries(cluster.files)) await context.write(`${clusterFolder}/${name}`, text);
  await context.write(`${folder}/drift_reference.json`, readText(context.at('models/current/reference.json')));
};

const writtenObjects = (context: StageContext): Promise<ClusterObject[]> =>
  checkObjects(
    Object.fromEntries(
      listFiles(context.at(clusterFolder)).map((file) => [file, readText(context.at(clusterFolder, file))]),
    ),
  );

/** promtool comes with Prometheus; where it is absent the report says that the rules were not tested. */
const runPromtool = async (context: StageContext): Promise<RunningReport['rules']['promtool']> => {
  const options = { cwd: context.at(folder), limitSeconds: 60 };
  const check = await context.tool(['promtool', 'check', 'rules', 'alerts.yml'], options);
  if (check.ended === 'not found')
    return { available: false, check_exit: null, test_exit: null, output: 'promtool is not installed' };
  const test = await context.tool(['promtool', 'test', 'rules', 'alerts.test.yml'], options);
  const output = [check, test].filter(({ exitCode }) => exitCode !== 0).map((result) => lastLines(result, 6));
  return { available: true, check_exit: check.exitCode, test_exit: test.exitCode, output: output.join('\n') };
};

/** Made by Prometheus itself, not by the service. */
const prometheusOwn = new Set(['up']);
const words = /\b([a-z_][a-z0-9_]*)\{/g;

/** Every metric that a rule or a panel names, and whether the running service shows it. */
const queriedMetrics = async (
  context: StageContext,
  input: AlertInput,
  state: ServiceState,
): Promise<RunningReport['metrics']> => {
  const shown = await (await context.world.fetch(`${state.url}/metrics`, { signal: context.signal })).text();
  const queries = [
    ...readAlerts(context.root).map(({ expr }) => expr),
    ...dashboardQueries({ ...input, predicts: predicts(context) }, '5m'),
  ];
  const names = new Set(queries.flatMap((query) => [...query.matchAll(words)].map((match) => match[1]!)));
  return [...names]
    .filter((name) => !prometheusOwn.has(name))
    .sort()
    .map((name) => ({ name, found: new RegExp(`^${name}(\\{| )`, 'm').test(shown) }));
};

const driftReference = (context: StageContext): RunningReport['drift_reference'] => {
  const { n, columns } = z
    .object({ n: z.number(), columns: z.array(z.unknown()) })
    .parse(readJson(context.at(folder, 'drift_reference.json')));
  return { rows: n, columns: columns.length };
};

const measuredBlock = (context: StageContext): string => {
  const report = context.read(deployReportDocument);
  const running = context.read(runningReportDocument);
  const broken = running.threads.filter(({ links }) => links.some(({ found }) => !found)).length;
  return [
    slaTable(report.slas, context.say),
    context.say(
      `负载：每秒 ${report.load.rate} 个请求，p95 ${report.load.latency_ms.p95.toFixed(2)} ms；饱和不低于每秒 ${Math.floor(report.load.saturation_rps)} 个。`,
      `Load: ${report.load.rate} requests/s, p95 ${report.load.latency_ms.p95.toFixed(2)} ms; saturation at or above ${Math.floor(report.load.saturation_rps)} requests/s.`,
    ),
    context.say(
      `需求 ${running.threads.length} 条，线索完整 ${running.threads.length - broken} 条；告警规则 ${running.rules.alerts.length} 条（\`${alertFile}\`）。`,
      `${running.threads.length} requirements, ${running.threads.length - broken} with a complete thread; ${running.rules.alerts.length} alert rules (\`${alertFile}\`).`,
    ),
    rehearsalLine(context, running.rehearsal),
    ...(running.target === 'kubernetes' ? [clusterLine(context, running)] : []),
  ].join('\n\n');
};

const rehearsalLine = (context: StageContext, rehearsal: RunningReport['rehearsal']): string => {
  if (!rehearsal.ran)
    return context.say('切换与回滚的演练没有完成。', 'Switching and rollback were not rehearsed to the end.');
  const { target, router, requests, failed, canary, rollback } = rehearsal;
  return context.say(
    `演练（${target}，${router}）：${canary.share_percent} % 金丝雀、全部切换与回滚共 ${requests} 个请求，失败 ${failed} 个；回滚用时 ${rollback.seconds.toFixed(1)} 秒。`,
    `Rehearsed (${target}, ${router}): canary at ${canary.share_percent} %, switch of all traffic and rollback under ${requests} requests, ${failed} failed; the rollback took ${rollback.seconds.toFixed(1)} s.`,
  );
};

const clusterLine = (context: StageContext, { cluster }: RunningReport): string =>
  context.say(
    `集群：\`${clusterFolder}\` 的 ${cluster.length} 个对象按模式校验通过；没有应用到任何集群，集群中的发布**未运行**。`,
    `Cluster: the ${cluster.length} objects of \`${clusterFolder}\` are valid against their schemas; none was applied, and a rollout in a cluster was **not run**.`,
  );
