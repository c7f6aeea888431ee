import { parse } from 'yaml';
import { z } from 'zod';
import type { Guidance } from '../../artifacts/documents/guidance.ts';
import type { Technology } from '../../artifacts/documents/technology.ts';
import { readsImages } from '../../data/images.ts';
import { readText } from '../../world/files.ts';
import type { StageContext } from '../context.ts';
import type { RunRecord } from '../run-folder.ts';
import { launcher } from './training-runs.ts';

/** One epoch from clean on the mini set, as 2.3 ran it: seconds of the whole command. */
export type OneEpoch = { seconds: number; peak_memory_mb: number; rows: number };

/** Forecasts made before the full training, from folds of the same data and the one epoch that ran from clean. */
export const forecastTraining = (
  technology: Technology,
  { rows, epochs, oneEpoch }: { rows: number; epochs: number; oneEpoch: OneEpoch },
): Guidance['forecasts'] => {
  const { measured } = technology.candidates.find(({ model }) => model === technology.choice.model)!;
  const scale = Math.max(1, rows / technology.probe_rows);
  const fit = measured.training_time * scale;
  const inOneEpoch = (fit * Math.min(1, oneEpoch.rows / rows)) / epochs;
  const start = Math.max(0, oneEpoch.seconds - inOneEpoch);
  return [
    {
      what: 'training_time',
      unit: 's',
      predicted: start + fit,
      measured: null,
      derivation: `train.py from start to end: ${start.toPrecision(3)} s for everything but fitting, from one epoch in 2.3, and the mean time of a fit in the ${technology.folds}-fold probe on ${technology.probe_rows} rows, times ${scale.toPrecision(3)} for ${rows} rows`,
    },
    {
      what: 'peak_memory',
      unit: 'MB',
      predicted: Math.max(measured.memory, oneEpoch.peak_memory_mb),
      measured: null,
      derivation: 'peak memory of the probe or of one epoch in 2.3: the larger',
    },
    {
      what: 'parameters',
      unit: null,
      predicted: measured.parameters,
      measured: null,
      derivation: 'counted in the probe',
    },
    {
      what: technology.decided_by,
      unit: technology.unit,
      predicted: measured.metric,
      measured: null,
      derivation: `out-of-fold ${technology.decided_by} over data/full`,
    },
  ];
};

const trainerFile = z.object({ trainer: z.object({ learning_rate: z.number(), save_seconds: z.number() }) });

export const settingRanges = (
  context: StageContext,
  technology: Technology,
  record: RunRecord,
): Guidance['settings'] => {
  const { say } = context;
  const { trainer } = trainerFile.parse(parse(readText(context.at('configs/trainer/trainer.yaml'))));
  const rule = context.rules.ML.batch_rule.map((one) => `${one.up_to_rows ?? '∞'}: ${one.batch_size}`).join(', ');
  return [
    {
      name: 'batch_size',
      value: String(record.batch_size),
      range: `4 – 4096 (${rule})`,
      reason: say('数据少时受步数限制', 'little data is limited by the number of steps'),
    },
    {
      name: 'learning_rate',
      value: `one-cycle, ${trainer.learning_rate}`,
      range: '0.001 – 0.02',
      reason: say('批大小乘 k，学习率约乘 √k', 'for k times the batch, about √k times the rate'),
    },
    {
      name: 'epochs',
      value: String(record.epochs),
      range: `10 – ${context.rules.ML.epochs * 4}`,
      reason: say('早停决定实际轮数', 'early stopping decides'),
    },
    {
      name: 'checkpoints',
      value: `trainer.save_seconds=${trainer.save_seconds}`,
      range: '10 – 600 s',
      reason: say('中断最多损失这么多', 'at most this much is lost when interrupted; --resume goes on'),
    },
    readsImages(technology.task)
      ? {
          name: 'augmentation',
          value: say('网络：平移、旋转、缩放', 'networks: shift, turn, scale'),
          range: 'model.shift 0 – 0.1, model.turn 0 – 0.3',
          reason: say(
            '不改变答案的变化教会网络忽略它们',
            'changes that leave the answer teach a network to ignore them',
          ),
        }
      : {
          name: 'augmentation',
          value: say('无', 'none'),
          range: 'dropout 0 – 0.3',
          reason: say(
            '表格数据没有普遍有效的增强，用 dropout 正则化',
            'no augmentation helps tables in general; dropout regularises',
          ),
        },
    {
      name: 'seed',
      value: String(record.seed),
      range: '≥ 0',
      reason: say(`目标 ${technology.target} 的结果可重复`, `results for ${technology.target} repeat`),
    },
  ];
};

/** Ready commands; those for machines that are not here are marked as not run. */
export const machineScripts = (
  context: StageContext,
  record: RunRecord,
  machines: Guidance['machines'],
): Guidance['scripts'] => {
  const { say } = context;
  const base = 'scripts/train.py --config configs/config.yaml --data data/full';
  const notRun = say('未在此处运行', 'not run here');
  const here = say(
    `此处实测 ${record.seconds.toFixed(1)} 秒，${record.peak_memory_mb.toFixed(0)} MB`,
    `measured here: ${record.seconds.toFixed(1)} s, ${record.peak_memory_mb.toFixed(0)} MB`,
  );
  const several = machines.find(({ processes }) => processes > 1);
  const settings = ({ batch, accumulate }: Guidance['machines'][number]) =>
    [
      `--device cuda --batch_size ${Math.ceil(batch / accumulate)} trainer.amp=true`,
      ...(accumulate > 1 ? [`trainer.accumulate=${accumulate}`] : []),
    ].join(' ');
  const rate = say(
    '批大小为 k 倍时，学习率约乘 √k；先用 scripts/measure_training.py --device cuda 在那台机器上测',
    'for k times the batch about √k times the rate; scripts/measure_training.py --device cuda measures it there first',
  );
  return [
    { machine: say('一个 CPU', 'one CPU'), command: `python ${base} --output runs/full`, note: here },
    ...machines
      .filter(({ measured, processes }) => !measured && processes === 1)
      .map((one) => ({
        machine: one.machine,
        command: `python ${base} ${settings(one)} --output runs/gpu`,
        note: `${notRun}; ${rate}`,
      })),
    ...(several
      ? [
          {
            machine: several.machine,
            command: `python ${launcher(context, several.processes).join(' ')} ${base} ${settings(several)} --output runs/gpus`,
            note: notRun,
          },
          {
            machine: say(`两台机器，各 ${several.machine}`, `two machines of ${several.machine}`),
            command: `python ${onTwoMachines(context, several.processes)} ${base} ${settings(several)} --output runs/cluster`,
            note: notRun,
          },
        ]
      : []),
    {
      machine: say('中断之后', 'after an interruption'),
      command: `python ${base} --resume runs/full`,
      note: say('网络的训练从最近的检查点继续', "a network's training goes on from its last checkpoint"),
    },
  ];
};

const onTwoMachines = ({ settings }: StageContext, processes: number): string =>
  settings.framework === 'paddle'
    ? `-m paddle.distributed.launch --nnodes 2 --nproc_per_node ${processes} --master HOST:29500`
    : `-m torch.distributed.run --nnodes 2 --nproc-per-node ${processes} --rdzv-backend c10d --rdzv-endpoint HOST:29500`;

export const watchPoints = ({ say }: StageContext): string[] => [
  say(
    '`metrics.csv`：训练损失下降而验证损失上升，说明过拟合',
    '`metrics.csv`: training loss falls while validation loss rises: overfitting',
  ),
  say('损失不是有限数时训练会停止并给出 epoch', 'training stops with the epoch when a loss is not finite'),
  say('`run.json`：种子、版本、数据与检查点的哈希', '`run.json`: seed, versions, hashes of data and checkpoint'),
];
