import { z } from 'zod';
import { type ArtifactDocument, inLanguage } from '../document.ts';
import { bullets, figure, table } from '../markdown.ts';
import { agentNotes, notesBody } from './agent-notes.ts';

const estimate = z.strictObject({ value: z.number(), unit: z.string().nullable(), derivation: z.string().min(1) });

const candidate = z.strictObject({
  model: z.string(),
  kind: z.enum(['neural', 'classical']),
  estimate: z.strictObject({
    parameters: estimate,
    memory: estimate,
    training_time: estimate,
    latency: estimate,
    metric: estimate,
  }),
  measured: z.strictObject({
    parameters: z.number(),
    memory: z.number(),
    training_time: z.number(),
    latency: z.number(),
    metric: z.number(),
  }),
  points: z.record(z.string(), z.number().min(0).max(5)),
  score: z.number().min(0).max(5),
});

/** A network that a model wrote for this project: its code is part of the choice, and is measured like every candidate. */
const further = z.strictObject({
  model: z.string(),
  summary: z.string(),
  /** Losses on answers that were dealt out anew: the network's, and the best of what is shipped. */
  shuffled: z.strictObject({ metric: z.string(), model: z.number(), reference: z.number() }),
  module: z.string(),
  settings: z.string(),
});
export type Further = z.infer<typeof further>;

/** It had been chosen, and the stage that it got to stopped; the choice was made again without it. */
const takenBack = z.strictObject({ model: z.string(), stage: z.string(), because: z.string() });

const comparison = z.strictObject({
  a: z.string(),
  b: z.string(),
  metric: z.string(),
  difference: z.number(),
  low: z.number(),
  high: z.number(),
  worse: z.boolean(),
});

/** The artifact of stage 1.2, front matter of `spec/tech.md`. Metrics of probes are out-of-fold over `data/full`. */
export const technologySchema = z.strictObject({
  task: z.string(),
  target: z.string(),
  unit: z.string().nullable(),
  metric: z.string(),
  /** What models are compared by: another metric where the one that counts could be had for nothing. */
  decided_by: z.string(),
  positive_class: z.string().nullable(),
  source: z.strictObject({ file: z.string(), sha256: z.string(), format: z.string(), encoding: z.string() }),
  /** Not null: the user gave no data, and a small set was made by rule. */
  made: z.strictObject({ about: z.strictObject({ zh: z.string(), en: z.string() }), public: z.string() }).nullable(),
  rows: z.strictObject({
    given: z.number(),
    without_target: z.number(),
    full: z.number(),
    holdout: z.number(),
    copies: z.number(),
  }),
  classes: z.array(z.strictObject({ label: z.string(), full: z.number(), holdout: z.number() })),
  columns: z.array(
    z.strictObject({
      name: z.string(),
      role: z.string(),
      reason: z.string().nullable(),
      missing: z.number(),
      unreadable: z.number(),
      distinct: z.number(),
    }),
  ),
  /** Columns that give the target away, by what data/full shows. */
  leaks: z.array(
    z.strictObject({
      columns: z.array(z.string()),
      kind: z.string(),
      detail: z.string(),
      strength: z.number(),
      dropped: z.boolean(),
    }),
  ),
  folds: z.number(),
  /** Rows of `data/full` that the probes were given. */
  probe_rows: z.number(),
  candidates: z.array(candidate),
  baselines: z.array(
    z.strictObject({
      model: z.string(),
      trivial: z.boolean(),
      metric: z.number(),
      metrics: z.record(z.string(), z.number()),
    }),
  ),
  comparisons: z.array(comparison),
  further: further.optional(),
  taken_back: takenBack.optional(),
  choice: z.strictObject({
    model: z.string(),
    score: z.number(),
    strongest_baseline: z.string(),
    /** Probability from which a row counts as positive; null: the likeliest class. */
    threshold: z.number().nullable(),
    /** Similarity from which two images show one person, by model; of families that compare. */
    thresholds: z.record(z.string(), z.number()).optional(),
    reasons: z.array(z.strictObject({ requirement: z.string(), text: z.string() })),
  }),
  notes: agentNotes,
});

export type Technology = z.infer<typeof technologySchema>;
export type Candidate = z.infer<typeof candidate>;

export const technologyDocument: ArtifactDocument<Technology> = {
  file: 'spec/tech.md',
  schema: technologySchema,
  body: (data, language) => {
    const say = inLanguage(language);
    const measures = ['parameters', 'memory', 'training_time', 'latency', 'metric'] as const;
    const named = {
      parameters: say('参数量', 'parameters'),
      memory: say('内存', 'memory'),
      training_time: say('训练时间', 'training time'),
      latency: say('延迟', 'latency'),
      metric: data.decided_by,
    };
    return [
      `# ${say('技术选型', 'Technology')}`,
      say(
        `任务 \`${data.task}\`，目标列 \`${data.target}\`，主要指标 \`${data.metric}\`。`,
        `Task \`${data.task}\`, target \`${data.target}\`, judged by \`${data.metric}\`.`,
      ),
      data.decided_by === data.metric
        ? ''
        : say(
            `单看 \`${data.metric}\` 时，把一切都判为正类（或几乎都不判）就能满分；因此各模型在达到所要求的数字的阈值上按 \`${data.decided_by}\` 比较。`,
            `\`${data.metric}\` alone is had by calling everything positive, or nearly nothing; so models are compared by \`${data.decided_by}\` at the threshold that gives what is asked.`,
          ),
      `## ${say('数据', 'Data')}`,
      table(
        [
          say('来源', 'source'),
          say('行数', 'rows'),
          say('缺目标', 'no target'),
          'data/full',
          'data/holdout',
          say('副本', 'copies'),
        ],
        [
          [
            data.source.file,
            data.rows.given,
            data.rows.without_target,
            data.rows.full,
            data.rows.holdout,
            data.rows.copies,
          ],
        ],
      ),
      data.made === null
        ? ''
        : say(
            `**没有给出数据。** 这里用的是按规则自制的小样本（${data.made.about.zh}），只能证明项目能运行，不能说明质量。网络可用时，\`scripts/download.py --dataset\` 可取公开数据集，例如 \`${data.made.public}\`；或用 \`specwright resume --data\` 给出自己的数据。`,
            `**No data were given.** What stands here is a small set made by rule (${data.made.about.en}); it shows that the project runs, not how good it is. Where the network is open, \`scripts/download.py --dataset\` brings a public data set such as \`${data.made.public}\`; or give your own with \`specwright resume --data\`.`,
          ),
      say('留出集在尝试任何模型之前封存。', 'The hold-out was sealed before any model was tried.'),
      table(
        [
          say('列', 'column'),
          say('角色', 'role'),
          say('缺失', 'missing'),
          say('读不出', 'unreadable'),
          say('不同值', 'distinct'),
          say('说明', 'note'),
        ],
        data.columns.map((column) => [
          column.name,
          column.role,
          column.missing,
          column.unreadable,
          column.distinct,
          column.reason,
        ]),
      ),
      `### ${say('泄漏', 'Leakage')}`,
      data.leaks.length === 0
        ? say(
            '没有发现泄漏答案的列。查过：单列决定目标、是否有值决定目标、目标的另一种写法、和差积商、日期之差、文字中写着答案；内容相同的行都在切分的同一侧。',
            'No column was found that gives the answer away. Looked for: columns that determine the target, that are filled in with it, that are it in another form, sums, products, times between dates, texts that name it; copies of a row lie on one side of the split.',
          )
        : table(
            [
              say('列', 'columns'),
              say('方式', 'how'),
              say('依据', 'why'),
              say('强度', 'strength'),
              say('处理', 'done'),
            ],
            data.leaks.map((leak) => [
              leak.columns.join(', '),
              leak.kind,
              leak.detail,
              leak.strength,
              leak.dropped ? say('去掉', 'left out') : say('保留', 'kept'),
            ]),
          ),
      `## ${say('候选对比：估计与实测', 'Candidates: estimate beside measurement')}`,
      table(
        [
          say('候选', 'candidate'),
          ...measures.flatMap((name) => [`${named[name]} ${say('估计', 'est.')}`, say('实测', 'measured')]),
          say('得分', 'score'),
        ],
        data.candidates.map((one) => [
          one.model,
          ...measures.flatMap((name) => [
            figure(one.estimate[name].value, one.estimate[name].unit),
            figure(one.measured[name], one.estimate[name].unit),
          ]),
          one.score.toFixed(2),
        ]),
      ),
      `### ${say('估计的来历', 'Where the estimates come from')}`,
      ...data.candidates.map(
        (one) =>
          `**${one.model}**\n\n${bullets(measures.map((name) => `${named[name]}: ${one.estimate[name].derivation}`))}`,
      ),
      `### ${say('得分明细', 'Points')}`,
      table(
        [say('候选', 'candidate'), ...Object.keys(data.candidates[0]?.points ?? {}), say('总分', 'total')],
        data.candidates.map((one) => [
          one.model,
          ...Object.values(one.points).map((value) => value.toFixed(2)),
          one.score.toFixed(2),
        ]),
      ),
      `## ${say('基线', 'Baselines')}`,
      table(
        [say('基线', 'baseline'), say('平凡', 'trivial'), data.decided_by],
        data.baselines.map((one) => [one.model, one.trivial ? '✓' : '', figure(one.metric)]),
      ),
      data.comparisons.length === 0
        ? ''
        : table(
            [
              say('比较', 'comparison'),
              say('差（正数：前者更好）', 'difference (positive: first is better)'),
              '95 %',
              say('前者更差', 'first is worse'),
            ],
            data.comparisons.map((one) => [
              `${one.a} – ${one.b}`,
              figure(one.difference),
              `${figure(one.low)} … ${figure(one.high)}`,
              one.worse ? '✗' : '',
            ]),
          ),
      data.further === undefined
        ? ''
        : say(
            `### 模型编写的候选：${data.further.model}\n\n${data.further.summary}\n\n通过了静态检查、ruff、mypy、每个网络都要过的测试；在打乱答案的数据上 ${data.further.shuffled.metric} 为 ${figure(data.further.shuffled.model)}（自带模型 ${figure(data.further.shuffled.reference)}）。${data.choice.model === data.further.model ? '实测最好，因此写入项目。' : '实测没有更好，因此不写入项目。'}`,
            `### Candidate written by a model: ${data.further.model}\n\n${data.further.summary}\n\nIt passed the static check, ruff, mypy and the tests of every network; on answers that were dealt out anew its ${data.further.shuffled.metric} is ${figure(data.further.shuffled.model)} (shipped models: ${figure(data.further.shuffled.reference)}). ${data.choice.model === data.further.model ? 'It measured best, so it is part of the project.' : 'It did not measure better, so it is no part of the project.'}`,
          ),
      data.taken_back === undefined
        ? ''
        : say(
            `### 已撤回：${data.taken_back.model}\n\n模型编写的网络曾被选中，但阶段 ${data.taken_back.stage} 没有通过：${data.taken_back.because}。因此在自带的模型中重新选择。`,
            `### Taken back: ${data.taken_back.model}\n\nThis network, which a model wrote, had been chosen; stage ${data.taken_back.stage} stopped with it: ${data.taken_back.because}. The choice was made again among the shipped models.`,
          ),
      `## ${say('选择', 'Choice')}: ${data.choice.model} (${data.choice.score.toFixed(2)} / 5)`,
      data.choice.threshold === null
        ? ''
        : say(
            `判为 \`${data.positive_class}\` 的概率阈值：${data.choice.threshold}（由折外预测按所要求的召回率或精确率选出）。`,
            `A row counts as \`${data.positive_class}\` from the probability ${data.choice.threshold} on, chosen by the out-of-fold predictions for the recall or precision that is asked.`,
          ),
      data.choice.thresholds === undefined
        ? ''
        : table(
            [
              say('模型', 'model'),
              say(
                '判为同一人的相似度阈值（由折外图片对选出）',
                'similarity from which two images show one person (chosen on out-of-fold pairs)',
              ),
            ],
            Object.entries(data.choice.thresholds),
          ),
      bullets(data.choice.reasons.map((reason) => `**${reason.requirement}** ${reason.text}`)),
      notesBody(data.notes, language),
    ].join('\n\n');
  },
};
