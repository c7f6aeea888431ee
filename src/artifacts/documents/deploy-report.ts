import { z } from 'zod';
import { type ArtifactDocument, inLanguage } from '../document.ts';
import { figure, table } from '../markdown.ts';

export const slaRow = z.strictObject({
  id: z.string(),
  subject: z.string(),
  op: z.string(),
  asked: z.number(),
  measured: z.number().nullable(),
  unit: z.string().nullable(),
  met: z.boolean(),
  /** Cannot be measured here; a person has said that it is watched elsewhere. */
  confirmed: z.boolean(),
  source: z.string(),
});
export type SlaRow = z.infer<typeof slaRow>;

/** What no machine can show, and what was answered when a person was asked for it. */
const confirmation = z.strictObject({
  id: z.string(),
  what: z.string(),
  confirmed: z.boolean(),
  by: z.enum(['person', 'recommended']),
});
export type Confirmation = z.infer<typeof confirmation>;

export const deployReportSchema = z.strictObject({
  target: z.enum(['process', 'docker', 'kubernetes']),
  /** Where it ran while it was measured; what is meant for a cluster is not sent to one. */
  measured_on: z.enum(['process', 'docker']),
  version: z.string(),
  image: z.string().nullable(),
  startup_seconds: z.number(),
  checks: z
    .array(z.strictObject({ what: z.string(), expected: z.string(), found: z.string(), passed: z.boolean() }))
    .min(1),
  smoke: z.strictObject({ requests: z.number(), wrong: z.number(), largest_difference: z.number() }),
  load: z.strictObject({
    rate: z.number(),
    /** Load windows; with three, each figure is their median. */
    windows: z.number(),
    seconds: z.number(),
    requests: z.number(),
    errors: z.number(),
    achieved_rps: z.number(),
    saturation_rps: z.number(),
    latency_ms: z.strictObject({
      mean: z.number(),
      p50: z.number(),
      p95: z.number(),
      p99: z.number(),
      max: z.number(),
    }),
  }),
  memory_mb: z.number().nullable(),
  footprint_mb: z.number(),
  slas: z.array(slaRow),
  confirmations: z.array(confirmation),
});
export type DeployReport = z.infer<typeof deployReportSchema>;

export const deployReportDocument: ArtifactDocument<DeployReport> = {
  file: 'reports/deploy_report.md',
  schema: deployReportSchema,
  body: (data, language) => {
    const say = inLanguage(language);
    return [
      `# ${say('部署报告', 'Deployment')}: ${data.target}${data.image ? ` (${data.image})` : ''}`,
      ...(data.target === 'kubernetes' ? [notInCluster(data, say)] : []),
      say(
        `模型版本 \`${data.version}\`，启动到就绪 ${data.startup_seconds.toFixed(2)} 秒。`,
        `Model version \`${data.version}\`, ready ${data.startup_seconds.toFixed(2)} s after the start.`,
      ),
      `## ${say('检查', 'Checks')}`,
      table(
        [say('内容', 'what'), say('期望', 'expected'), say('实际', 'found'), say('结果', 'result')],
        data.checks.map((one) => [one.what, one.expected, one.found, one.passed ? '✓' : '✗']),
      ),
      `## ${say('冒烟测试', 'Smoke test')}`,
      say(
        `${data.smoke.requests} 个真实预测，错误 ${data.smoke.wrong} 个，与训练端的最大差 ${figure(data.smoke.largest_difference)}。`,
        `${data.smoke.requests} real predictions, ${data.smoke.wrong} wrong, largest difference from the training side ${figure(data.smoke.largest_difference)}.`,
      ),
      `## ${say('负载', 'Load')}`,
      say(
        `开环，恒定速率 ${data.load.rate} 次/秒，${data.load.seconds} 秒；延迟从计划开始时刻算起，预热不计。${data.load.windows > 1 ? `共 ${data.load.windows} 个窗口，取中位数。` : ''}`,
        `Open loop at a constant ${data.load.rate} requests/s for ${data.load.seconds} s; latency counts from the scheduled start, the warm-up is left out.${data.load.windows > 1 ? ` ${data.load.windows} windows, each figure is their median.` : ''}`,
      ),
      `![${say('延迟', 'latency')}](latency.svg)`,
      table(
        [
          say('请求', 'requests'),
          say('错误', 'errors'),
          say('达到', 'achieved'),
          say('饱和', 'saturation'),
          'mean',
          'p50',
          'p95',
          'p99',
          'max',
          say('内存', 'memory'),
        ],
        [
          [
            data.load.requests,
            data.load.errors,
            figure(data.load.achieved_rps, 'rps'),
            figure(data.load.saturation_rps, 'rps'),
            ...Object.values(data.load.latency_ms).map((one) => figure(one, 'ms')),
            figure(data.memory_mb, 'MB'),
          ],
        ],
      ),
      '## SLA',
      slaTable(data.slas, say),
      ...(data.confirmations.length === 0
        ? []
        : [`## ${say('由人确认，未经测量', 'Confirmation by a person, not measured')}`, confirmationTable(data, say)]),
    ].join('\n\n');
  },
};

type Say = (zh: string, en: string) => string;

const notInCluster = ({ measured_on }: DeployReport, say: Say): string => {
  const stand = measured_on === 'docker' ? say('容器', 'a container') : say('进程', 'a process');
  return say(
    `**未部署到集群**：下面的数字来自在本机以${stand}运行的服务。`,
    `**Not deployed to a cluster**: the figures below are of the service as ${stand} on this machine.`,
  );
};

export const slaTable = (rows: SlaRow[], say: Say): string =>
  rows.length === 0
    ? say('需求没有提出数字。', 'The brief asks for no figure.')
    : table(
        [
          say('需求', 'requirement'),
          say('要求', 'asked'),
          say('实测', 'measured'),
          say('结果', 'result'),
          say('怎样测的', 'measured by'),
        ],
        rows.map((row) => [
          row.id,
          `${row.subject} ${row.op} ${figure(row.asked, row.unit)}`,
          figure(row.measured, row.unit),
          resultOf(row, say),
          row.source,
        ]),
      );

const confirmationTable = ({ confirmations }: DeployReport, say: Say): string =>
  table(
    [say('需求', 'requirement'), say('内容', 'what'), say('结果', 'result')],
    confirmations.map((one) => [
      one.id,
      one.what,
      one.confirmed ? confirmedBy(one, say) : say('未确认', 'not confirmed'),
    ]),
  );

/** The person who runs with `--yes` takes the recommended answer without having seen the question. */
export const confirmedBy = ({ by }: Pick<Confirmation, 'by'>, say: Say): string =>
  by === 'person'
    ? say('由人确认', 'confirmed by a person')
    : say('由人确认（--yes，采用推荐答案）', 'confirmed by a person (--yes, the recommended answer)');

const resultOf = (row: SlaRow, say: Say): string => {
  if (row.met) return '✓';
  return row.confirmed ? say('未测量，由人确认', 'not measured, confirmed by a person') : say('未达到', 'not met');
};
