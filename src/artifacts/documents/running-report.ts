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

const underLoad = { requests: z.number(), failed: z.number(), seconds: z.number() };

/** A switch, a canary and its rollback of copies of this service, under load; or why there was none. */
const rehearsal = z.discriminatedUnion('ran', [
  z.strictObject({
    ran: z.literal(true),
    target: z.enum(['process', 'docker']),
    router: z.enum(['haproxy', 'builtin']),
    rate_rps: z.number(),
    /** From the first start to the last request. */
    seconds: z.number(),
    /** `complete`: the second version had all traffic, and the first had gone. */
    switched: z.strictObject({ ...underLoad, complete: z.boolean() }),
    canary: z.strictObject({
      ...underLoad,
      share_percent: z.number(),
      /** What the router logged. */
      seen_percent: z.number(),
      seen_requests: z.number(),
    }),
    /** From the request to abort until the canary had gone. */
    rollback: z.strictObject({ seconds: z.number(), complete: z.boolean() }),
  }),
  z.strictObject({ ran: z.literal(false), because: z.string() }),
]);
export type Rehearsal = z.infer<typeof rehearsal>;

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
    ].join('\n\n');
  },
};

const rehearsalText = (rehearsal: Rehearsal, say: (zh: string, en: string) => string): string => {
  if (!rehearsal.ran)
    return say(
      `**演练没有完成**：${rehearsal.because}`,
      `**The rehearsal did not run to its end**: ${rehearsal.because}`,
    );
  const { target, router, rate_rps, switched, canary, rollback } = rehearsal;
  return [
    say(
      `在 ${target} 上、经 ${router}，每秒 ${rate_rps} 个请求：`,
      `On ${target} behind ${router}, at ${rate_rps} requests/s:`,
    ),
    table(
      [
        say('演练', 'rehearsed'),
        say('请求', 'requests'),
        say('失败', 'failed'),
        say('秒', 'seconds'),
        say('结果', 'result'),
      ],
      [
        [
          say('蓝绿切换', 'blue-green switch'),
          switched.requests,
          switched.failed,
          switched.seconds.toFixed(1),
          switched.complete ? '✓' : '✗',
        ],
        [
          say(`金丝雀 ${canary.share_percent} %，然后回滚`, `canary at ${canary.share_percent} %, then rolled back`),
          canary.requests,
          canary.failed,
          canary.seconds.toFixed(1),
          say(
            `实际份额 ${canary.seen_percent.toFixed(1)} %（${canary.seen_requests} 个请求）`,
            `share ${canary.seen_percent.toFixed(1)} % of ${canary.seen_requests} requests`,
          ),
        ],
        [say('回滚', 'rollback'), null, null, rollback.seconds.toFixed(1), rollback.complete ? '✓' : '✗'],
      ],
    ),
  ].join('\n\n');
};
