import path from 'node:path';
import { readArtifact } from '../../artifacts/document.ts';
import { requirementsDocument } from '../../artifacts/documents/requirements-document.ts';
import { type Further, type Technology, technologyDocument } from '../../artifacts/documents/technology.ts';
import type { Requirements } from '../../artifacts/requirements.ts';
import { type ImageClasses, type ImageListing, imageListing } from '../../data/images.ts';
import { countOverlap, type DataProblem, prepareData } from '../../data/prepare.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { type Reason, refuseIf, verdict } from '../../pipeline/verdict.ts';
import { composeTemplate } from '../../scaffold/template.ts';
import { writeAtomically } from '../../world/files.ts';
import { expectSuccess } from '../../world/processes.ts';
import { agrees } from '../agreement.ts';
import type { StageContext } from '../context.ts';
import { researchNotes } from '../model-notes.ts';
import { hasTwins, templateOf } from '../templates.ts';
import { furtherCandidate, measuredHash, networkHash } from './further/further-candidate.ts';
import { checkModule, lookedUp } from './further/further-checks.ts';
import { furtherModule } from './further/further-layer.ts';
import { settleLeaks } from './leaks.ts';
import { makeData } from './made-data.ts';
import { agreeToLeaveOut } from './rare-classes.ts';
import { withTargetModels } from './target-models.ts';
import { type ProbeEvidence, probe, readProbes } from './technology-probe.ts';
import { composeTechnology } from './technology-report.ts';

type Evidence =
  | { state: 'no family'; task: string | null }
  | { state: 'no twins'; task: string }
  | { state: 'data'; problems: Reason[] }
  | {
      state: 'measured';
      technology: Technology;
      holdout: { rows: number; overlap: number };
      probes: ProbeEvidence[];
      /** What a model wrote: what the static check finds in it now, and whether it is what the probe measured. */
      further?: { model: string; findings: string[]; asMeasured: boolean; lookedUp: boolean };
    };

/** 1.2: seals a hold-out, measures candidates and baselines by cross-validation, and chooses. */
export const technologyStage: Stage<StageContext, Evidence> = {
  id: '1.2',
  phase: 1,
  title: { zh: '技术选型', en: 'technology' },
  version: 4,
  owners: ['research', 'coder'],
  needs: [{ artifact: 'requirements', select: (root) => relevantPart(readArtifact(root, requirementsDocument)) }],
  produces: ['technology', 'data'],
  settings: ['data', 'language', 'budgetMinutes', 'framework'],
  rules: ['CREATE', 'ML'],
  async run(context) {
    const requirements = context.read(requirementsDocument);
    const family = requirements.task ? context.rules.ML.families[requirements.task] : undefined;
    if (!family || !templateOf(context.config, requirements.task)) return;
    if (lacksTwins(context, requirements.task!)) return;
    const prepared = await prepare(context, requirements);
    if ('problems' in prepared) return;
    const tried = withTargetModels(family, prepared, requirements.metric);
    const { full: rows } = prepared.sealed.rows;
    const further = await furtherCandidate(context, requirements, { family: tried, rows });
    const models = [...new Set([tried.trivial, ...tried.baselines, ...tried.candidates])];
    context.progress(context.say(`试跑 ${models.length} 个模型`, `probing ${models.length} models`));
    await probe(context, requirements, models, rows);
    const technology = await composeTechnology(context, requirements, prepared, { ...tried, further });
    const { task, candidates } = technology;
    await context.put(technologyDocument, { ...technology, ...(await researchNotes(context, { task, candidates })) });
  },
  async adopt(context) {
    await context.put(technologyDocument, context.read(technologyDocument));
  },
  async collect(context) {
    const requirements = context.read(requirementsDocument);
    const known = requirements.task && context.rules.ML.families[requirements.task];
    if (!known || !templateOf(context.config, requirements.task))
      return { state: 'no family', task: requirements.task };
    if (lacksTwins(context, requirements.task!)) return { state: 'no twins', task: requirements.task! };
    const prepared = await prepare(context, requirements);
    if ('problems' in prepared) return { state: 'data', problems: prepared.problems };
    const overlap = await countOverlap(context.root);
    const technology = context.read(technologyDocument);
    return {
      state: 'measured',
      technology,
      holdout: { rows: prepared.sealed.rows.holdout, overlap },
      probes: await readProbes(context, technology),
      ...(technology.further ? { further: await lookAgain(context, technology.further) } : {}),
    };
  },
  gate: (evidence, { CREATE, ML }) => verdict(reasons(evidence, CREATE, Object.keys(ML.families))),
};

/** PaddlePaddle alone was asked for, and cannot train what this task needs. */
const lacksTwins = ({ config, settings }: StageContext, task: string): boolean =>
  settings.framework === 'paddle' && !hasTwins(config, task);

/** A figure passes through YAML and back; more than this is another figure. */
const figureTolerance = 1e-9;

const reasons = (
  evidence: Evidence,
  create: { technology: { minimum: number; minimum_candidates: number } },
  families: string[],
): (Reason | false)[] => {
  if (evidence.state === 'no family') {
    return [
      {
        about: 'task',
        message: `no task family is available for ${evidence.task ?? 'a task that nobody named'}; this version trains ${families.join(' and ')}`,
        zh: `没有可用于 ${evidence.task ?? '未指明任务'} 的任务族；这个版本能训练 ${families.join(' 和 ')}`,
      },
    ];
  }
  if (evidence.state === 'no twins') {
    return [
      {
        about: 'framework',
        message: `the networks of ${evidence.task} have no twins in PaddlePaddle; train them with --framework torch`,
        zh: `${evidence.task} 的网络没有 PaddlePaddle 版；请用 --framework torch 训练`,
      },
    ];
  }
  if (evidence.state === 'data') return evidence.problems;
  const { technology, holdout, probes, further } = evidence;
  // A back-test forecasts the last blocks of the series only, and faces are compared in pairs: the same for every model.
  const expected =
    technology.task === 'time_series_forecasting' || technology.task === 'face_verification'
      ? Math.max(1, ...probes.map(({ rows }) => rows))
      : technology.probe_rows;
  const { minimum, minimum_candidates } = create.technology;
  const guess = technology.choice.score < minimum ? noBetterThanGuessing(technology) : null;
  return [
    refuseIf(holdout.rows === 0, 'data/holdout', 'the hold-out is empty'),
    refuseIf(holdout.overlap > 0, 'data/holdout', `${holdout.overlap} rows of the hold-out are in data/full as well`),
    refuseIf(
      technology.candidates.length < minimum_candidates,
      'spec/tech.md',
      `fewer than ${minimum_candidates} candidates`,
    ),
    ...technology.candidates.flatMap(({ model, estimate }) =>
      Object.entries(estimate).map(([name, { value }]) =>
        refuseIf(!Number.isFinite(value), model, `the estimate of ${name} is no number`),
      ),
    ),
    ...probes.flatMap(({ model, rows, figures }) => [
      refuseIf(
        rows === 0 || rows < expected,
        model,
        `was measured on ${rows} of ${expected} rows: its out-of-fold predictions are missing`,
      ),
      ...figures.map(({ name, claimed, measured }) =>
        refuseIf(
          rows > 0 && !agrees(measured, claimed, figureTolerance),
          'spec/tech.md',
          `says ${name} ${claimed} of ${model}, the probe's files give ${measured ?? 'nothing'}; take the edit back, or delete the file to measure again`,
        ),
      ),
    ]),
    refuseIf(
      !technology.candidates.some(
        ({ model, score }) => model === technology.choice.model && score === technology.choice.score,
      ),
      'spec/tech.md',
      `the choice ${technology.choice.model} with ${technology.choice.score} is not in the table of candidates`,
    ),
    ...(further
      ? [
          ...further.findings.map((what) => refuseIf(true, further.model, what)),
          refuseIf(
            !further.asMeasured,
            further.model,
            'its code in spec/tech.md is not what the probe measured; take the edit back, or delete the file to measure again',
          ),
          refuseIf(further.lookedUp, further.model, 'predicts answers that were dealt out anew: it looks them up'),
        ]
      : []),
    refuseIf(
      technology.choice.score < minimum,
      technology.choice.model,
      `scores ${technology.choice.score.toFixed(2)} of 5, less than ${minimum}${guess?.en ?? ''}`,
      `得分 ${technology.choice.score.toFixed(2)}（满分 5），低于 ${minimum}${guess?.zh ?? ''}`,
    ),
  ];
};

/** Why a choice may score so little: what was tried is no better than always giving the same answer. */
const noBetterThanGuessing = ({ baselines, candidates, choice, decided_by: metric }: Technology) => {
  const trivial = baselines.find((one) => one.trivial);
  const chosen = candidates.find(({ model }) => model === choice.model);
  if (!trivial || !chosen || chosen.points.quality !== 0) return null;
  const figures = `${metric} ${chosen.measured.metric.toPrecision(4)} / ${trivial.metric.toPrecision(4)}`;
  return {
    en: `: no model is better than "${trivial.model}" (${figures}), so the columns say nothing of the target. What would help: other columns, or more rows`,
    zh: `：没有模型比“${trivial.model}”更好（${figures}），说明现有各列与目标无关。可能有用的办法：别的列，或更多的行`,
  };
};

/** The part of the requirements that this stage reads: other words for the same demand change nothing here. */
const relevantPart = ({ task, target, metric, positive_class, items }: Requirements) => ({
  task,
  target,
  metric,
  positive_class,
  items: items.map(({ id, subject, op, value, unit }) => ({ id, subject, op, value, unit })),
});

const lookAgain = async (context: StageContext, { model, module, settings, shuffled }: Further) => {
  const desk = path.join(context.scratch, 'look');
  await composeTemplate(templateOf(context.config, context.read(requirementsDocument).task)!, desk);
  const file = path.join(desk, furtherModule(model));
  await writeAtomically(file, module);
  return {
    model,
    findings: await checkModule(context, file, { folder: desk }),
    asMeasured: measuredHash(context, model) === networkHash({ module, settings }),
    lookedUp: lookedUp(shuffled),
  };
};

const preparedOnce = new WeakMap<StageContext, ReturnType<typeof prepareNow>>();

/** Reading and splitting a large file twice in one stage would say nothing new. */
const prepare = (context: StageContext, requirements: Requirements) => {
  const prepared = preparedOnce.get(context) ?? prepareNow(context, requirements);
  preparedOnce.set(context, prepared);
  return prepared;
};

const prepareNow = async (context: StageContext, requirements: Requirements) => {
  const made = context.settings.data ? null : await makeData(context, requirements);
  const given = context.settings.data?.path ?? made?.path;
  if (given === undefined) return { problems: [missingData(requirements)] };
  const unit =
    requirements.items.find(({ subject, unit }) => (subject === 'mae' || subject === 'rmse') && unit)?.unit ?? null;
  const prepared = await prepareData({
    given,
    root: context.root,
    scratch: context.scratch,
    task: requirements.task!,
    brief: requirements.brief,
    target: made?.target ?? requirements.target,
    positiveClass: requirements.positive_class,
    horizon: horizonOf(requirements),
    unit,
    agreeToLeaveOut: (rare) => agreeToLeaveOut(context, rare),
    listImages: (folder, classes) => listImages(context, folder, classes),
    rules: context.rules.ML,
  });
  return 'problems' in prepared ? prepared : { ...prepared, made, leaks: await settleLeaks(context, prepared) };
};

const horizonOf = ({ items }: Requirements) => {
  const asked = items.find(({ subject }) => subject === 'horizon');
  return asked && typeof asked.value === 'number' ? { value: asked.value, unit: asked.unit } : null;
};

const listImages = async (context: StageContext, folder: string, classes: ImageClasses): Promise<ImageListing> => {
  const table = path.join(context.scratch, 'images.csv');
  const script = path.join(context.config.packageFolder, 'python', 'list_images.py');
  const result = await context.fork([script, folder, table, classes], { cwd: context.root, limitSeconds: 600 });
  return { ...imageListing.parse(JSON.parse(expectSuccess(result, 'Reading the images').stdout)), table };
};

const missingData = ({ task }: Requirements): DataProblem => ({
  about: 'data',
  message: `there is no data: a project of the family ${task} trains on your own table. Give it with --data PATH (CSV, TSV, JSON, JSON lines or Parquet with one row an example)`,
  zh: `没有数据：${task} 类的项目用你自己的表格训练。请用 --data PATH 给出（CSV、TSV、JSON、JSON lines 或 Parquet，一行一个样本）`,
});
