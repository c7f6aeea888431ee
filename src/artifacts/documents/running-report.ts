import { z } from 'zod';
import { type ArtifactDocument, inLanguage } from '../document.ts';
import { bullets, table } from '../markdown.ts';
import { slaRow } from './deploy-report.ts';

export const threadLink = z.strictObject({
  name: z.string(),
  found: z.boolean(),
  detail: z.string(),
  stage: z.string(),
});
export const thread = z.strictObject({ id: z.string(), what: z.string(), links: z.array(threadLink) });
export type Thread = z.infer<typeof thread>;
export type ThreadLink = z.infer<typeof threadLink>;

const logged = {
  /** What the router logged at that share, and the second copy's part of it. */
  requests: z.number(),
  seen_percent: z.number(),
};

/** A canary, a switch and a rollback between two copies of this service, under load; or why there was none. */
const rehearsal = z.discriminatedUnion('ran', [
  z.strictObject({
    ran: z.literal(true),
    target: z.enum(['process', 'docker', 'compose']),
    router: z.enum(['haproxy', 'builtin']),
    rate_rps: z.number(),
    /** What the load generator sent while the second copy came, was switched to, and went. */
    requests: z.number(),
    failed: z.number(),
    seconds: z.number(),
    canary: z.strictObject({ share_percent: z.number(), ...logged }),
    /** `complete`: the second copy had every request, the first stayed warm. */
    switched: z.strictObject({ ...logged, complete: z.boolean() }),
    /** From the request to roll back until the second copy had gone. */
    rollback: z.strictObject({ seconds: z.number(), complete: z.boolean() }),
  }),
  z.strictObject({ ran: z.literal(false), because: z.string() }),
]);
export type Rehearsal = z.infer<typeof rehearsal>;

/** Objects for a cluster; none was applied: `fault` is what the schema of its kind says. */
const clusterObject = z.strictObject({
  file: z.string(),
  kind: z.string(),
  name: z.string(),
  fault: z.string().nullable(),
});

export const runningReportSchema = z.strictObject({
  rules: z.strictObject({
    alerts: z.array(z.strictObject({ alert: z.string(), requirement: z.string().nullable() })),
    promtool: z.strictObject({
      available: z.boolean(),
      check_exit: z.number().nullable(),
      test_exit: z.number().nullable(),
      output: z.string(),
    }),
  }),
  metrics: z.array(z.strictObject({ name: z.string(), found: z.boolean() })),
  dashboard_panels: z.number(),
  drift_reference: z.strictObject({ rows: z.number(), columns: z.number() }),
  threads: z.array(thread),
  slas: z.array(slaRow),
  target: z.enum(['process', 'docker', 'kubernetes']),
  cluster: z.array(clusterObject),
  rehearsal,
});
export type RunningReport = z.infer<typeof runningReportSchema>;

export const runningReportDocument: ArtifactDocument<RunningReport> = {
  file: 'reports/docker_running_report.md',
  schema: runningReportSchema,
  body: (data, language) => {
    const say = inLanguage(language);
    const { promtool } = data.rules;
    return [
      `# ${say('运行与需求回顾', 'Operation and review of the requirements')}`,
      `## ${say('需求的线索', 'Threads of the requirements')}`,
      table(
        [say('需求', 'requirement'), say('内容', 'what'), ...(data.threads[0]?.links.map(({ name }) => name) ?? [])],
        data.threads.map((one) => [
          one.id,
          one.what,
          ...one.links.map((link) => (link.found ? '✓' : `✗ ${link.detail}`)),
        ]),
      ),
      `## ${say('告警规则', 'Alert rules')}`,
      promtool.available
        ? say(
            `promtool 检查规则：退出码 ${promtool.check_exit}；规则测试：退出码 ${promtool.test_exit}。`,
            `promtool check rules: exit code ${promtool.check_exit}; test rules: exit code ${promtool.test_exit}.`,
          )
        : say(
            '**未经测试**：本机没有 promtool。规则文件已写出，安装 Prometheus 后运行 `promtool test rules deploy/monitoring/alerts.test.yml`。',
            '**Not tested**: this machine has no promtool. The rules are written; with Prometheus installed run `promtool test rules deploy/monitoring/alerts.test.yml`.',
          ),
      table(
        [say('告警', 'alert'), say('需求', 'requirement')],
        data.rules.alerts.map((one) => [one.alert, one.requirement]),
      ),
      `## ${say('指标', 'Metrics')}`,
      bullets(data.metrics.map((one) => `${one.found ? '✓' : '✗'} \`${one.name}\``)),
      `## ${say('漂移基准', 'Drift reference')}`,
      say(
        `\`deploy/monitoring/drift_reference.json\`：训练数据 ${data.drift_reference.rows} 行、${data.drift_reference.columns} 列的分布。`,
        `\`deploy/monitoring/drift_reference.json\`: distributions of ${data.drift_reference.columns} columns over ${data.drift_reference.rows} training rows.`,
      ),
      `## ${say('切换与回滚', 'Switching and rollback')}`,
      rehearsalText(data.rehearsal, say),
      '## Kubernetes',
      clusterText(data, say),
    ].join('\n\n');
  },
};

/** What was proved without a cluster, and what was not run. */
const clusterText = ({ target, cluster }: RunningReport, say: (zh: string, en: string) => string): string =>
  [
    say(
      `\`deploy/kubernetes\`：${cluster.length} 个对象，均已离线按其类型的模式校验。`,
      `\`deploy/kubernetes\`: ${cluster.length} objects, each held offline against the schema of its kind.`,
    ),
    table(
      [say('文件', 'file'), say('类型', 'kind'), say('名称', 'name'), say('模式', 'schema')],
      cluster.map(({ file, kind, name, fault }) => [file, kind, name, fault ?? '✓']),
    ),
    say(
      `**未运行**：没有询问任何集群，没有应用任何对象；集群中的发布、扩缩、网络策略和抓取都未经证明。${target === 'kubernetes' ? '上面的切换与回滚是在本机演练的。' : ''}应用：\`kubectl apply --filename deploy/kubernetes\`。`,
      `**Not run**: no cluster was asked and nothing was applied; a rollout, scaling, network policy and scraping in a cluster are unproved.${target === 'kubernetes' ? ' The switching and rollback above were rehearsed on this machine.' : ''} To apply: \`kubectl apply --filename deploy/kubernetes\`.`,
    ),
  ].join('\n\n');

const rehearsalText = (rehearsal: Rehearsal, say: (zh: string, en: string) => string): string => {
  if (!rehearsal.ran)
    return say(
      `**演练没有完成**：${rehearsal.because}`,
      `**The rehearsal did not run to its end**: ${rehearsal.because}`,
    );
  const { target, router, rate_rps, requests, failed, seconds, canary, switched, rollback } = rehearsal;
  const seen = (part: { requests: number; seen_percent: number }) =>
    say(
      `${part.requests} 个请求中 ${part.seen_percent.toFixed(1)} % 由第二份副本回答`,
      `${part.seen_percent.toFixed(1)} % of ${part.requests} requests answered by the second copy`,
    );
  return [
    say(
      `在 ${target} 上、经 ${router}，每秒 ${rate_rps} 个请求，${seconds.toFixed(1)} 秒：共 ${requests} 个请求，失败 ${failed} 个。`,
      `On ${target} behind ${router}, at ${rate_rps} requests/s for ${seconds.toFixed(1)} s: ${requests} requests, ${failed} failed.`,
    ),
    table(
      [say('演练', 'rehearsed'), say('结果', 'result')],
      [
        [say(`金丝雀 ${canary.share_percent} %`, `canary at ${canary.share_percent} %`), seen(canary)],
        [say('全部切换', 'switch of all traffic'), `${switched.complete ? '✓' : '✗'} ${seen(switched)}`],
        [
          say('回滚', 'rollback'),
          `${rollback.complete ? '✓' : '✗'} ${say(`${rollback.seconds.toFixed(1)} 秒`, `${rollback.seconds.toFixed(1)} s`)}`,
        ],
      ],
    ),
  ].join('\n\n');
};
