import { existsSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { asData } from '../../../agents/tools/as-data.ts';
import { describeItem } from '../../../artifacts/documents/requirements-document.ts';
import type { Further } from '../../../artifacts/documents/technology.ts';
import type { Requirements } from '../../../artifacts/requirements.ts';
import { formatPython } from '../../../scaffold/ruff.ts';
import { readJson, readText, sha256, writeAtomically } from '../../../world/files.ts';
import type { StageContext } from '../../context.ts';
import { familyOf } from '../../templates.ts';
import { compareArgv, folderOf } from '../technology-probe.ts';
import { checkFurther, type Findings, failureOf } from './further-checks.ts';
import { type FurtherDesk, furtherDesk, rowsFolder, schemaFile } from './further-desk.ts';
import { type FurtherNetwork, furtherModule, furtherSettings } from './further-layer.ts';
import { takenBackEvent } from './take-back.ts';

/** `model.dropout=0` sets dropout. */
const settingOf = (override: string): string => override.replace(/^model\.|=.*$/g, '');

type Family = { trivial: string; baselines: string[]; candidates: string[] };

const answer = z.object({ summary: z.string(), changed: z.array(z.string()) });
/** The second try is told what the first one's fault was. */
const tries = 2;

/**
 * A network that a model as coder writes beside those of the family. It is a candidate like the others, measured on the
 * same rows and folds, once it has passed what all code here must pass; null: nobody works as coder, the family takes
 * none, the model saw no need, or what it wrote did not pass. The journal says which.
 */
export const furtherCandidate = async (
  context: StageContext,
  requirements: Requirements,
  { family, rows }: { family: Family; rows: number },
): Promise<Further | null> => {
  const { further, still } = familyOf(context.config, requirements.task!);
  if (further === undefined || context.settings.framework !== 'torch' || !context.agents.works('coder')) return null;
  const [takenBack] = context.recorded(takenBackEvent);
  if (takenBack) {
    const { model, stage } = takenBack;
    context.progress(
      context.say(
        `模型写的网络 ${model} 已撤回（阶段 ${stage} 没有通过）`,
        `the network ${model}, which a model wrote, is taken back: stage ${stage} stopped with it`,
      ),
    );
    return null;
  }
  const desk = await furtherDesk(context, requirements, rows);
  const task = taskOf(context, requirements, { family, contract: further, needed: still.map(settingOf) });
  let evidence = '-';
  for (let attempt = 1; attempt <= tries; attempt++) {
    const told = await context.agents.work(
      { role: 'coder', inputs: { task, evidence }, schema: answer, ground: desk.ground },
      context,
    );
    const network = told === null ? null : await readNetwork(desk, context);
    if (told === null || network === null) return null;
    const checked = await examine(context, requirements, { desk, network, family, rows });
    if (checked.passed) return { ...checked.network, summary: told.summary, shuffled: checked.shuffled };
    evidence = `${checked.check}:\n${asData(checked.findings.join('\n'))}`;
    context.record('further.refused', { attempt, check: checked.check, findings: checked.findings });
    context.progress(
      context.say(
        `模型写的网络没有通过「${checked.check}」`,
        `the network that a model wrote did not pass: ${checked.check}`,
      ),
    );
  }
  return null;
};

/** Every gate, then the probe; a probe that fails is a refusal as well. */
const examine = async (
  context: StageContext,
  requirements: Requirements,
  { desk, network, family, rows }: { desk: FurtherDesk; network: Written; family: Family; rows: number },
) => {
  if ('fault' in network) return { passed: false, check: 'files', findings: [network.fault] } as const;
  const checked = await checkFurther(context, requirements, { desk, network, family });
  if (!checked.passed) return checked;
  const findings = await measure(context, requirements, { desk, network, rows });
  return findings.length > 0 ? ({ passed: false, check: 'probe', findings } as const) : { ...checked, network };
};

type Written = FurtherNetwork | { fault: string };

/** What was written: one module and its settings, formatted; null where there is nothing. */
const readNetwork = async ({ folder, written }: FurtherDesk, context: StageContext): Promise<Written | null> => {
  const names = [...new Set(written().map((file) => path.basename(file).replace(/\.\w+$/, '')))];
  if (names.length === 0) {
    context.record('further.none', {});
    return null;
  }
  if (names.length > 1) return { fault: `one network is asked for, and these were written: ${names.join(', ')}` };
  const model = names[0]!;
  const missing = [furtherModule(model), furtherSettings(model)].find((file) => !written().includes(file));
  if (missing) return { fault: `${missing} is missing` };
  const module = await formatPython(readText(path.join(folder, furtherModule(model))));
  return { model, module, settings: readText(path.join(folder, furtherSettings(model))) };
};

/** By the same program, rows, folds, epochs and seed as every other candidate; kept where their probes are kept. */
const measure = async (
  context: StageContext,
  requirements: Requirements,
  { desk, network, rows }: { desk: FurtherDesk; network: FurtherNetwork; rows: number },
): Promise<Findings> => {
  const output = 'runs/probe';
  const models = [network.model];
  const argv = compareArgv(context, requirements, { models, data: rowsFolder, schema: schemaFile, output, rows });
  const findings = failureOf(await desk.python(argv));
  if (findings.length > 0) return findings;
  const target = folderOf(context, network.model);
  await mkdir(target, { recursive: true });
  for (const file of ['oof.csv', 'result.json'])
    await copyFile(path.join(desk.folder, output, network.model, file), path.join(target, file));
  await writeAtomically(path.join(target, measuredFile), JSON.stringify({ sha256: networkHash(network) }));
  return [];
};

const measuredFile = 'network.json';
export const networkHash = ({ module, settings }: Pick<FurtherNetwork, 'module' | 'settings'>): string =>
  sha256(JSON.stringify([module, settings]));

/** Hash of the network that the probe measured; null: no probe is there. */
export const measuredHash = (context: StageContext, model: string): string | null => {
  const file = path.join(folderOf(context, model), measuredFile);
  return existsSync(file) ? (readJson(file) as { sha256: string }).sha256 : null;
};

const taskOf = (
  context: StageContext,
  { brief, items }: Requirements,
  { family, contract, needed }: { family: Family; contract: string; needed: string[] },
): string =>
  [
    context.say(
      '如果需求描述要求的模型不在下列候选之中，或者你预期另一种网络在这些数据上更好，请写一个网络作为新的候选；否则什么都不要写。它与其他候选用同样的行和折来测量，只有测得更好才会被选用。',
      'If the brief asks for a model that is not among the candidates, or you expect another network to be better on these data, write one network as a further candidate; else write nothing. It is measured on the same rows and folds as the others, and chosen only where it measures better.',
    ),
    asData(brief),
    items.map((item) => `${item.id}: ${describeItem(item, context.settings.language)}`).join('\n'),
    `candidates: ${[...family.candidates, ...family.baselines].join(', ')}`,
    contract,
    'Write exactly two files: ml_project/models/NAME.py, which has `build(architecture: dict[str, Any], outputs: int) -> nn.Module` on its top level, and configs/model/NAME.yaml, one map `model` with `name: NAME` and plain values; they arrive as architecture["layers"].',
    'The module may also have `loss(raw: Tensor, truth: Tensor) -> Tensor` on its top level: the mean loss by which the network is trained in place of the usual one (cross entropy, or squares). `raw` is what the network returns; `truth` holds the numbers of the classes [batch], the standardised values [batch], or the steps to come [batch, steps], NaN where they are unknown; the tests train tables both for classes and, `truth.is_floating_point()`, for values. It must come near zero where all is right.',
    `Settings that must be there, since the project's tests set them: ${needed.join(', ')}.`,
    'It may import torch, torch.nn, torch.nn.functional, torch.nn.init, torch.linalg, torch.fft, torch.special, math, itertools, dataclasses, typing, collections.abc, and names from ml_project.models.networks. No files, no hooks, no state outside of the module. Every signature has types; ruff and mypy must pass. It must be exportable to ONNX, rows must not depend on each other, every parameter must get a gradient, and eight rows must be memorised in sixty steps.',
    'Once both files are there you can try it: ["-m", "pytest", "-q", "tests/test_models.py", "tests/test_run.py", "-k", "NAME"], and ["scripts/compare.py", "--config", "configs/config.yaml", "--data", "data/given", "--models", "NAME", "--output", "runs/tried", "--folds", "3", "data.schema=data/schema.json"].',
  ].join('\n\n');
