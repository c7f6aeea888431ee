import path from 'node:path';
import type { Candidate, Further, Technology } from '../../artifacts/documents/technology.ts';
import type { Requirements } from '../../artifacts/requirements.ts';
import { vocabulary } from '../../artifacts/vocabulary.ts';
import { readsImages } from '../../data/images.ts';
import type { Prepared } from '../../data/prepare.ts';
import { AppError } from '../../errors.ts';
import { sha256File } from '../../world/files.ts';
import type { StageContext } from '../context.ts';
import { recomputeMetrics } from '../recompute.ts';
import { batchOf, effortOf, familyOf } from '../templates.ts';
import { takenBackEvent } from './further/take-back.ts';
import type { Leak } from './leaks.ts';
import { describeMade, type MadeData } from './made-data.ts';
import { estimateCandidate, pointsOf } from './technology-estimates.ts';
import { askedOfPositive, budgetSeconds, folderOf, readProbe } from './technology-probe.ts';

/** What the journal says of a network that had been chosen. */
const takenBackOf = (context: StageContext): Pick<Technology, 'taken_back'> => {
  const [event] = context.recorded(takenBackEvent);
  return event ? { taken_back: { model: `${event.model}`, stage: `${event.stage}`, because: `${event.because}` } } : {};
};

export const composeTechnology = async (
  context: StageContext,
  requirements: Requirements,
  prepared: Prepared & { leaks: Leak[]; made: MadeData | null },
  { further, ...family }: StageContext['rules']['ML']['families'][string] & { further: Further | null },
): Promise<Technology> => {
  const { sealed, profiles, source } = prepared;
  const reported = requirements.metric ?? family.metric;
  const metric = decidingMetric(requirements, reported);
  const better = vocabulary[metric as keyof typeof vocabulary]?.better ?? 'higher';
  const sign = better === 'lower' ? -1 : 1;
  const effort = effortOf(context.rules.ML, requirements.task!);
  const { networks } = familyOf(context.config, requirements.task!);
  const isNeural = (model: string): boolean => networks.includes(model) || model === further?.model;
  const added = further ? [further.model] : [];
  const models = [...new Set([family.trivial, ...family.baselines, ...family.candidates, ...added])];
  // Candidates first: of two that measured the same, the earlier one is taken, and what a model wrote last of all.
  // A naive forecast is a forecast as well.
  const naiveServes = requirements.task === 'time_series_forecasting';
  const naive = naiveServes ? [family.trivial] : [];
  const ranked = [...new Set([...family.candidates, ...family.baselines, ...naive, ...added])];
  const recomputed = await recomputeMetrics(context, {
    files: models.map((model) => path.join(folderOf(context, model), 'oof.csv')),
    names: models,
    task: requirements.task!,
    metric,
    positive: requirements.positive_class,
    compareFrom: (values) => bestOf(ranked, values, metric, sign),
  });
  const value = (model: string): number => recomputed.metrics[model]![metric]!;
  const trivial = value(family.trivial);
  const best = sign * Math.max(...models.map((model) => sign * value(model)));
  const perfect = better === 'lower' ? 0 : 1;
  const shape = {
    task: requirements.task!,
    rows: sealed.rows.full,
    inputs: inputsOf(prepared),
    outputs: sealed.schema.classes?.length ?? 1,
    epochs: effort.epochs,
    batch: batchOf(context.rules.ML, sealed.rows.full),
  };
  const limits = {
    trivial: sign * trivial,
    best: sign * best,
    naiveServes,
    latencyLimitMs: latencyLimit(requirements),
    budgetSeconds: budgetSeconds(context, requirements),
  };
  const candidates = ranked.map((model): Candidate => {
    const result = readProbe(context, model);
    const measured = {
      parameters: result.parameters,
      memory: result.peak_memory_mb,
      training_time: result.fit_seconds_per_fold,
      latency: result.predict_ms_per_row,
      metric: value(model),
    };
    const points = pointsOf({ ...measured, metric: sign * measured.metric }, limits);
    const weights: Record<string, number> = context.rules.CREATE.technology.weights;
    const score = Object.entries(points).reduce((sum, [name, one]) => sum + one * (weights[name] ?? 0), 0);
    const size = model === further?.model ? countedSize(measured) : undefined;
    const estimate = estimateCandidate(model, isNeural(model), shape, { name: metric, trivial, perfect }, size);
    return { model, kind: isNeural(model) ? 'neural' : 'classical', estimate, measured, points, score };
  });
  const strongest = bestOf(family.baselines, recomputed.metrics, metric, sign);
  const chosen = bestOf(ranked, recomputed.metrics, metric, sign);
  return {
    task: requirements.task!,
    target: sealed.schema.target,
    unit: sealed.schema.unit,
    metric: reported,
    decided_by: metric,
    positive_class: requirements.positive_class,
    source: {
      file: source.shown ?? source.file,
      sha256: await sha256File(source.file),
      format: source.format,
      encoding: source.encoding,
    },
    made: describeMade(prepared.made),
    rows: {
      given: sealed.rows.given,
      without_target: sealed.rows.withoutTarget,
      full: sealed.rows.full,
      holdout: sealed.rows.holdout,
      copies: sealed.rows.copies,
    },
    classes: sealed.classes,
    columns: profiles.map((column) => {
      const described = sealed.schema.columns.find(({ name }) => name === column.name)!;
      return {
        name: column.name,
        role: described.role,
        reason: noteOf(context, column.name, described.reason, prepared),
        missing: column.missing,
        unreadable: described.role === 'image' ? prepared.unreadable.length : column.unreadable,
        distinct: column.distinct,
      };
    }),
    leaks: prepared.leaks,
    folds: effort.folds,
    probe_rows: Math.min(effort.probe_rows, sealed.rows.full),
    candidates,
    baselines: [family.trivial, ...family.baselines].map((model) => ({
      model,
      trivial: model === family.trivial,
      metric: value(model),
      metrics: recomputed.metrics[model]!,
    })),
    comparisons: recomputed.comparisons,
    ...(further ? { further } : {}),
    ...takenBackOf(context),
    choice: {
      model: chosen,
      score: candidates.find(({ model }) => model === chosen)!.score,
      strongest_baseline: strongest,
      ...thresholdsOf(context, requirements, { models, chosen }),
      reasons: choiceReasons(context, requirements, {
        chosen,
        metric,
        measured: candidates.find(({ model }) => model === chosen)!.measured,
        neural: bestOf(ranked.filter(isNeural), recomputed.metrics, metric, sign),
      }),
    },
  };
};

/** Nothing is known of a network that a model wrote but what was counted when it was built. */
const countedSize = ({ parameters }: Candidate['measured']) => ({
  parameters,
  how: 'counted on the network, which a model wrote for this project',
});

/** Similarities are each model's own: one threshold cannot decide for another model. */
const thresholdsOf = (
  context: StageContext,
  { task }: Requirements,
  { models, chosen }: { models: string[]; chosen: string },
): Pick<Technology['choice'], 'threshold' | 'thresholds'> => {
  const of = (model: string) => readProbe(context, model).threshold ?? null;
  if (task !== 'face_verification') return { threshold: of(chosen) };
  return { threshold: null, thresholds: Object.fromEntries(models.map((model) => [model, of(model) ?? 0.5])) };
};

/** What `data/schema.json` says in English of a column that is left out or kept apart. */
const reasonsInChinese: Record<string, string> = {
  'another column keeps subjects apart': '已有别的列区分对象',
  'not the text that is read': '不是要读的文本',
  'describes the file': '描述文件本身',
  'nested value': '嵌套的值',
  'all values missing': '全部缺失',
  constant: '常量',
  'tells subjects apart: rows of one stay together': '区分对象：同一对象的行放在一起',
  'identifier: another value in every row': '编号：每行都不同',
};

/** Why a column is left out, or how its fields were brought to one form. */
const noteOf = (
  { say }: StageContext,
  column: string,
  reason: string | undefined,
  { rewritten, merged, rare, sealed, times, labels }: Prepared,
): string | null => {
  const how = rewritten.find((one) => one.column === column);
  const notes = [
    reason && say(reasonsInChinese[reason] ?? reason, reason),
    how &&
      say(
        `${how.fields} 种写法统一为${how.as === 'date' ? '日期' : '数字'}：“${how.example.from}” → “${how.example.to}”`,
        `${how.fields} fields rewritten as ${how.as}s: "${how.example.from}" → "${how.example.to}"`,
      ),
    labels !== null && column === 'image'
      ? say(
          `各图片的类别来自 ${labels.file} 的列“${labels.names}”；${labels.missing} 行没有对应的图片，${labels.repeated} 行重复`,
          `what is on each image is told by ${labels.file}, by its column "${labels.names}"; ${labels.missing} rows name no image, ${labels.repeated} one that has a row already`,
        )
      : undefined,
    times?.column === column && times.strays.length > 0
      ? say(
          `${times.strays.slice(0, 5).join('、')} 离其他时刻过远，未使用`,
          `${times.strays.slice(0, 5).join(', ')}: too far from all other moments, left out`,
        )
      : undefined,
    column === sealed.schema.target && rare.length > 0
      ? say(
          `类别 ${rare.map(({ label, rows }) => `“${label}”（${rows} 行）`).join('、')} 行数太少，已去掉`,
          `left out for too few rows: ${rare.map(({ label, rows }) => `"${label}" (${rows})`).join(', ')}`,
        )
      : undefined,
    ...(column === sealed.schema.target
      ? merged.map(({ label, variants }) =>
          say(
            `“${variants.join('”、“')}” 并入 “${label}”`,
            `${variants.map((one) => JSON.stringify(one)).join(', ')} merged into "${label}"`,
          ),
        )
      : []),
  ].filter((note) => note !== undefined);
  return notes.length > 0 ? notes.join('; ') : null;
};

/** Numbers that a model meets: columns with their codes, the terms that texts may have, or pixels. */
const inputsOf = ({ sealed: { schema, rows }, profiles }: Prepared): number => {
  if (schema.task === 'text_classification' || schema.task === 'sequence_to_sequence')
    return Math.min(termLimit, rows.full * termsPerText);
  if (readsImages(schema.task)) {
    const largest = (column: string) => profiles.find(({ name }) => name === column)?.max ?? 1;
    return Math.min(sideLimit, Math.max(largest('width'), largest('height'))) ** 2 * largest('channels');
  }
  return schema.columns.filter(({ role }) => role !== 'ignored' && role !== 'target').length + 4;
};

/** `data.max_terms` of the text layer, and new terms that a short text brings at first. */
const termLimit = 30_000;
/** Images are scaled down to at most this side. */
const sideLimit = 64;
const termsPerText = 20;

/** Another metric where the one that counts could be had for nothing, by calling everything or nothing positive. */
const decidingMetric = (requirements: Requirements, reported: string): string => {
  if (requirements.task === 'face_verification')
    return ['false_accept_rate', 'true_accept_rate', 'precision', 'recall'].includes(reported)
      ? 'tar_at_far_1pct'
      : reported;
  return askedOfPositive(requirements).length > 0 && ['recall', 'precision'].includes(reported) ? 'f1' : reported;
};

const bestOf = (
  models: string[],
  values: Record<string, Record<string, number>>,
  metric: string,
  sign: number,
): string => {
  const sorted = [...models].sort((a, b) => sign * ((values[b]?.[metric] ?? 0) - (values[a]?.[metric] ?? 0)));
  if (sorted[0] === undefined) throw new AppError('rules.invalid', 'ML.md names no candidate for this family');
  return sorted[0];
};

const latencyLimit = ({ items }: Requirements): number => {
  const limits = items.filter(({ subject }) => subject.startsWith('latency')).map(({ value }) => Number(value));
  return limits.length > 0 ? Math.min(...limits) : 200;
};

const choiceReasons = (
  context: StageContext,
  { items }: Requirements,
  facts: {
    chosen: string;
    metric: string;
    measured: Candidate['measured'];
    neural: string;
  },
) => {
  const { say } = context;
  const value = facts.measured.metric.toPrecision(4);
  const main = items.find(({ subject }) => subject === 'metric')?.id ?? 'metric';
  const why = say(
    `交叉验证 ${facts.metric} 最好的模型：${value}${facts.chosen === facts.neural ? '' : `，好于神经网络中最好的 ${facts.neural}`}`,
    `best model by cross-validated ${facts.metric}: ${value}${facts.chosen === facts.neural ? '' : `, better than the best network, ${facts.neural}`}`,
  );
  return [
    { requirement: main, text: why },
    ...items
      .filter(({ id }) => id !== main)
      .map((item) => ({ requirement: item.id, text: bearing(context, item, facts) })),
  ];
};

/** What the choice means for a requirement, with the probe's figure where it has one. */
const bearing = (
  { say, rules }: StageContext,
  item: Requirements['items'][number],
  { metric, measured, chosen }: { metric: string; measured: Candidate['measured']; chosen: string },
): string => {
  const { subject, value } = item;
  const { group } = vocabulary[subject];
  if (subject === metric)
    return say(
      `折外预测 ${measured.metric.toPrecision(4)}，由留出集定论`,
      `out-of-fold ${measured.metric.toPrecision(4)}, settled on the hold-out`,
    );
  if (group === 'quality') return say('由留出集定论', 'settled on the hold-out');
  if (subject.startsWith('latency') || subject === 'throughput')
    return say(
      `单次预测 ${measured.latency.toPrecision(2)} ms，由压测定论`,
      `a prediction takes ${measured.latency.toPrecision(2)} ms, settled under load`,
    );
  if (subject === 'training_time')
    return say(`每折 ${measured.training_time.toPrecision(3)} 秒`, `${measured.training_time.toPrecision(3)} s a fold`);
  if (subject === 'model_size') return say(`${measured.parameters} 个参数`, `${measured.parameters} parameters`);
  if (subject === 'image_size' || subject === 'memory' || subject === 'startup_time')
    return say('服务只带 ONNX Runtime，不带训练框架', 'the service holds ONNX Runtime, not the training framework');
  if (subject === 'hardware')
    return say(`${chosen} 在 ${value} 上训练和服务`, `${chosen} trains and serves on ${value}`);
  if (group === 'aim') return say(`${subject} = ${value}`, `${subject} = ${value}`);
  return say(
    `按 DOCKER_CONFIG 与 VENV_CONFIG 交付（端口 ${rules.DOCKER_CONFIG.port}）`,
    `delivered by DOCKER_CONFIG and VENV_CONFIG (port ${rules.DOCKER_CONFIG.port})`,
  );
};
