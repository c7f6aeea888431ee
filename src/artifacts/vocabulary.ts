/**
 * The one vocabulary of requirements: extraction, gates, reports and alert rules all read this table.
 * Order matters: requirement ids are assigned along it.
 */
export type Kind = 'goal' | 'sla' | 'constraint' | 'deliverable';
export type Group = 'quality' | 'service' | 'size' | 'cost' | 'environment' | 'product' | 'aim';

export type Word = {
  kind: Kind;
  group: Group;
  /** Normalised unit; null where the unit is the target's, a currency, or none. Ratios are 0..1 without a unit. */
  unit: 'ms' | 's' | 'rps' | 'MB' | null;
  better: 'higher' | 'lower' | null;
  label: { zh: string; en: string };
  measuredBy: { zh: string; en: string };
};

type Text = readonly [zh: string, en: string];
const bilingual = ([zh, en]: Text) => ({ zh, en });

type Figure = Word & { kind: 'sla' };

const quality = (label: Text, better: Word['better'], measured: Text): Figure => ({
  kind: 'sla',
  group: 'quality',
  unit: null,
  better,
  label: bilingual(label),
  measuredBy: bilingual(measured),
});
const holdout = (zh: string, en: string): Text => [
  `在封存的留出集上由引擎重新计算${zh}`,
  `${en} recomputed by the engine on the sealed hold-out`,
];
const load = (label: Text, rest: Pick<Word, 'unit' | 'better'> & { group?: Group; measured: Text }): Figure => ({
  kind: 'sla',
  group: rest.group ?? 'service',
  unit: rest.unit,
  better: rest.better,
  label: bilingual(label),
  measuredBy: bilingual(rest.measured),
});
const latency = (label: Text, zh: string, en: string): Figure =>
  load(label, {
    unit: 'ms',
    better: 'lower',
    measured: [`对运行中的服务做负载测试，取${zh}`, `${en} of a load test against the running service`],
  });
const byPerson: Text = ['由人确认', 'confirmed by a person'];
const other = <K extends Exclude<Kind, 'sla'>>(
  kind: K,
  group: Group,
  label: Text,
  measured: Text,
): Word & { kind: K } => ({ ...load(label, { group, unit: null, better: null, measured }), kind });

export const vocabulary = {
  task: other('goal', 'aim', ['任务类型', 'task family'], ['训练出的模型的任务类型', 'family of the trained model']),
  target: other(
    'goal',
    'aim',
    ['预测目标', 'target column'],
    ['训练出的模型所预测的列', 'the column that the trained model predicts'],
  ),
  metric: other(
    'goal',
    'aim',
    ['主要指标', 'metric that counts'],
    ['模型按此指标选择', 'models are chosen by this metric'],
  ),
  positive_class: other(
    'goal',
    'aim',
    ['正类', 'positive class'],
    ['目标列中存在该值', 'the value exists in the target column'],
  ),
  horizon: other(
    'goal',
    'aim',
    ['预测跨度', 'forecast horizon'],
    ['按此跨度回测', 'back-tested over exactly this span'],
  ),

  accuracy: quality(['准确率', 'accuracy'], 'higher', holdout('准确率', 'accuracy')),
  precision: quality(['精确率', 'precision'], 'higher', holdout('精确率', 'precision')),
  recall: quality(['召回率', 'recall'], 'higher', holdout('召回率', 'recall')),
  f1: quality(['F1', 'F1'], 'higher', holdout(' F1', 'F1')),
  macro_f1: quality(['宏平均 F1', 'macro-F1'], 'higher', holdout('宏平均 F1', 'macro-F1')),
  auc: quality(['AUC', 'AUC'], 'higher', holdout(' ROC 曲线下面积', 'area under the ROC curve')),
  quadratic_kappa: quality(
    ['二次加权 Kappa', 'quadratic weighted kappa'],
    'higher',
    holdout('二次加权 Kappa', 'quadratic weighted kappa'),
  ),
  r2: quality(['R²', 'R²'], 'higher', holdout(' R²', 'R²')),
  chrf: quality(['chrF', 'chrF'], 'higher', holdout(' chrF', 'chrF')),
  bleu: quality(['BLEU', 'BLEU'], 'higher', holdout(' BLEU', 'BLEU')),
  cer: quality(['字符错误率', 'character error rate'], 'lower', holdout('字符错误率', 'character error rate')),
  true_accept_rate: quality(['通过率', 'true accept rate'], 'higher', holdout('本人通过率', 'true accept rate')),
  false_accept_rate: quality(['误识率', 'false accept rate'], 'lower', holdout('误识率', 'false accept rate')),
  equal_error_rate: quality(['等错误率', 'equal error rate'], 'lower', holdout('等错误率', 'equal error rate')),
  rank1: quality(
    ['首位识别率', 'rank-1 identification rate'],
    'higher',
    holdout('首位识别率', 'rank-1 identification rate'),
  ),
  mae: quality(['平均绝对误差', 'mean absolute error'], 'lower', holdout('平均绝对误差', 'mean absolute error')),
  rmse: quality(['均方根误差', 'root mean squared error'], 'lower', holdout('均方根误差', 'root mean squared error')),
  mape: quality(
    ['平均绝对百分比误差', 'mean absolute percentage error'],
    'lower',
    holdout('平均绝对百分比误差', 'mean absolute percentage error'),
  ),

  latency: latency(['延迟', 'latency'], ' P95（未指明分位）', 'P95 (no percentile was named)'),
  latency_mean: latency(['平均延迟', 'mean latency'], '平均值', 'mean'),
  latency_p50: latency(['P50 延迟', 'P50 latency'], ' P50', 'P50'),
  latency_p95: latency(['P95 延迟', 'P95 latency'], ' P95', 'P95'),
  latency_p99: latency(['P99 延迟', 'P99 latency'], ' P99', 'P99'),
  throughput: load(['吞吐量', 'throughput'], {
    unit: 'rps',
    better: 'higher',
    measured: ['负载测试中每秒成功的请求数', 'successful requests per second in a load test'],
  }),
  error_rate: load(['服务错误率', 'service error rate'], {
    unit: null,
    better: 'lower',
    measured: ['负载测试中失败请求的比例', 'share of failed requests in a load test'],
  }),
  availability: load(['可用性', 'availability'], {
    unit: null,
    better: 'higher',
    measured: ['探测成功的比例，滚动 30 天', 'share of successful probes over rolling 30 days'],
  }),
  startup_time: load(['启动时间', 'startup time'], {
    unit: 's',
    better: 'lower',
    measured: ['从启动到 /ready 成功的时间', 'time from start until /ready succeeds'],
  }),
  model_size: load(['模型大小', 'model size'], {
    group: 'size',
    unit: 'MB',
    better: 'lower',
    measured: ['导出模型文件的字节数', 'bytes of the exported model file'],
  }),
  image_size: load(['镜像大小', 'image size'], {
    group: 'size',
    unit: 'MB',
    better: 'lower',
    measured: ['构建后镜像的大小', 'size of the built image'],
  }),
  memory: load(['内存', 'memory'], {
    group: 'size',
    unit: 'MB',
    better: 'lower',
    measured: ['负载测试期间服务的峰值内存', 'peak memory of the service under load'],
  }),
  training_time: load(['训练时间', 'training time'], {
    group: 'cost',
    unit: 's',
    better: 'lower',
    measured: ['完整训练的墙钟时间', 'wall-clock time of the full training'],
  }),
  cost: load(['成本', 'cost'], {
    group: 'cost',
    unit: null,
    better: 'lower',
    measured: ['按实测资源用量估算', 'estimated from measured use of resources'],
  }),

  hardware: other(
    'constraint',
    'environment',
    ['硬件', 'hardware'],
    ['在此硬件上运行全部检查', 'every check runs on this hardware'],
  ),
  network: other(
    'constraint',
    'environment',
    ['网络', 'network'],
    ['在断网的容器中预测；没有容器时由人确认', 'predicts in a container without network, else confirmed by a person'],
  ),
  framework: other(
    'constraint',
    'environment',
    ['框架', 'framework'],
    ['安装的版本与训练所用的版本', 'the version installed and the one that training ran with'],
  ),
  language: other('constraint', 'environment', ['语言', 'language'], byPerson),
  license: other('constraint', 'environment', ['许可证', 'license'], byPerson),
  privacy: other('constraint', 'environment', ['隐私', 'privacy'], byPerson),
  deadline: other('constraint', 'environment', ['期限', 'deadline'], byPerson),

  http_api: other(
    'deliverable',
    'product',
    ['HTTP 接口', 'HTTP API'],
    ['对 /predict 的真实请求', 'real requests to /predict'],
  ),
  batch_job: other(
    'deliverable',
    'product',
    ['批处理', 'batch job'],
    ['scripts/inference.py 处理整个文件', 'scripts/inference.py over a whole file'],
  ),
  notebook: other(
    'deliverable',
    'product',
    ['笔记本', 'notebook'],
    ['笔记本从头到尾运行', 'the notebook runs top to bottom'],
  ),
  model_file: other(
    'deliverable',
    'product',
    ['模型文件', 'model file'],
    ['导出的模型与训练端预测一致', 'the exported model predicts as the trained one'],
  ),
  dashboard: other(
    'deliverable',
    'product',
    ['看板', 'dashboard'],
    ['看板查询的指标服务都提供', 'the service shows every metric that its panels query'],
  ),
} as const satisfies Record<string, Word>;

export type Subject = keyof typeof vocabulary;

/** Goals, constraints and deliverables: nothing in them can be compared with a measured figure. */
export type SubjectWithoutFigure = {
  [S in Subject]: (typeof vocabulary)[S]['kind'] extends 'sla' ? never : S;
}[Subject];

export const subjects = Object.keys(vocabulary) as [Subject, ...Subject[]];

export const kinds = ['goal', 'sla', 'constraint', 'deliverable'] as const;

/** The same table with its entries widened, for look-ups by a subject known only at run time. */
export const wordOf = (subject: Subject): Word => vocabulary[subject];

export const hasNoFigure = (subject: Subject): subject is SubjectWithoutFigure => wordOf(subject).kind !== 'sla';

export const isQuality = (subject: Subject): boolean => wordOf(subject).group === 'quality';

/** Shares between 0 and 1. */
export const isRatio = (subject: Subject): boolean =>
  subject === 'error_rate' ||
  subject === 'availability' ||
  (isQuality(subject) && subject !== 'mae' && subject !== 'rmse');
