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
  /** Comes with rollouts; until then it is said, never shown as done. */
  rehearsal: z.strictObject({ switching: z.literal('not rehearsed'), rollback: z.literal('not rehearsed') }),
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
      say(
        '**未演练**。蓝绿切换、金丝雀和回滚都没有在这里运行过。',
        '**Not rehearsed.** Neither blue-green switching nor canary nor rollback was run here.',
      ),
    ].join('\n\n');
  },
};
