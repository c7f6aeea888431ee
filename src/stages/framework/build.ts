import { existsSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { artifactFiles } from '../../artifacts/catalog.ts';
import { requirementsDocument } from '../../artifacts/documents/requirements-document.ts';
import { buildLogDocument, type Task, taskSchema, tasksDocument } from '../../artifacts/documents/tasks.ts';
import { type Technology, technologyDocument } from '../../artifacts/documents/technology.ts';
import type { Requirements } from '../../artifacts/requirements.ts';
import { imageFolder, readsImages } from '../../data/images.ts';
import { countMini, writeMini } from '../../data/mini.ts';
import { pinFile, withPackages } from '../../environment/requirement-files.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { refuseIf, verdict } from '../../pipeline/verdict.ts';
import { notebookInChinese } from '../../scaffold/chinese-words.ts';
import { isTakenInPython } from '../../scaffold/python-names.ts';
import { renderTemplate } from '../../scaffold/render.ts';
import { type Template, templateFile } from '../../scaffold/template.ts';
import { readText, writeAtomically } from '../../world/files.ts';
import { lastLines } from '../../world/processes.ts';
import type { StageContext } from '../context.ts';
import { type Stub, scanProject } from '../scan.ts';
import {
  batchOf,
  chineseWords,
  effortOf,
  familyLayerOf,
  familyOf,
  paddleRequirements,
  templateOf,
} from '../templates.ts';
import { furtherLayer, furtherModule, furtherSettings } from './further/further-layer.ts';
import { readmeValues, readSchema } from './readme-values.ts';
import { askedOfPairs } from './technology-probe.ts';

type Evidence = {
  tasks: { id: string; command: string; exitCode: number; missing: string[]; passed: boolean }[];
  stubs: Stub[];
  dryRun: number;
  minimumTasks: number;
};

/** 1.3: the project from the family's template, task by task; the engine runs every acceptance command. */
export const buildStage: Stage<StageContext, Evidence> = {
  id: '1.3',
  phase: 1,
  title: { zh: '代码生成', en: 'build' },
  version: 2,
  owners: ['planner', 'coder'],
  needs: ['requirements', 'technology', 'data'],
  produces: ['project', 'readme', 'notebook', 'tasks', 'build-log'],
  settings: ['language', 'framework'],
  rules: ['ML', 'OmegaConf_README', 'TASK', 'VENV_CONFIG', 'DOCKER_CONFIG'],
  async run(context) {
    const requirements = context.read(requirementsDocument);
    const technology = context.read(technologyDocument);
    const tasks = planTasks(context, requirements, technology);
    await context.put(tasksDocument, { project: requirements.project, tasks });
    await writeMini(context.root, readSchema(context), context.rules.ML.mini_rows, context.rules.ML.seed);
    for (const file of await renderProject(context, requirements, technology))
      await context.write(file.path, file.content);
  },
  async adopt(context) {
    await context.put(tasksDocument, context.read(tasksDocument));
  },
  async collect(context) {
    const list = context.read(tasksDocument);
    const rows = await Promise.all(list.tasks.map((task) => accept(context, task)));
    const files = artifactFiles(context.root, 'project');
    const lines = files
      .filter((file) => file.endsWith('.py'))
      .reduce((sum, file) => sum + readText(context.at(file)).split('\n').length, 0);
    await context.put(buildLogDocument, { files: files.length, lines, tasks: rows });
    await context.put(tasksDocument, {
      ...list,
      tasks: list.tasks.map((task, index) => ({ ...task, done: rows[index]!.passed })),
    });
    const scan = await scanProject(context);
    const dryRun = await context.tool(
      [
        (await context.workbench.python()).executable,
        '-I',
        'scripts/train.py',
        '--config',
        'configs/config.yaml',
        '--data',
        'data/full',
        '--dry-run',
      ],
      { cwd: context.root, limitSeconds: 60 },
    );
    return {
      tasks: rows.map(({ task, command, exit_code, missing, passed }) => ({
        id: task,
        command,
        exitCode: exit_code,
        missing,
        passed,
      })),
      stubs: scan.files.flatMap(({ path: file, stubs }) => stubs.map((stub) => ({ ...stub, file }))),
      dryRun: dryRun.exitCode,
      minimumTasks: context.rules.TASK.minimum_tasks,
    };
  },
  gate: ({ tasks, stubs, dryRun, minimumTasks }) =>
    verdict([
      refuseIf(
        tasks.length < minimumTasks,
        'spec/task.md',
        `has ${tasks.length} tasks, at least ${minimumTasks} are asked`,
      ),
      ...tasks.flatMap((task) => [
        refuseIf(task.exitCode !== 0, task.id, `its acceptance command ended with ${task.exitCode}: ${task.command}`),
        refuseIf(task.missing.length > 0, task.id, `these outputs are missing: ${task.missing.join(', ')}`),
      ]),
      ...stubs.map(({ file, line, what }) => refuseIf(true, `${file}:${line}`, `is unfinished: ${what}`)),
      refuseIf(dryRun !== 0, 'scripts/train.py --dry-run', `ended with ${dryRun}`),
    ]),
};

const planned = z.array(
  z.strictObject({
    title: z.strictObject({ zh: z.string(), en: z.string() }),
    serves: z.array(z.string()),
    input: z.array(z.string()),
    output: z.array(z.string()),
    acceptance: z.array(z.string()),
    estimate_minutes: z.number(),
  }),
);

/** The family's plan (tasks.yaml beside the template), with the requirements that each task serves. */
const planTasks = (context: StageContext, requirements: Requirements, technology: Technology): Task[] => {
  const template = templateOf(context.config, requirements.task)!;
  const plan = planned.parse(parse(readText(templateFile(template, 'tasks.yaml'))));
  const name = packageName(requirements);
  const own = (text: string) => text.replaceAll(template.package, name);
  return [...plan, ...furtherTask(technology)].map((task, index) =>
    taskSchema.parse({
      id: `T${index + 1}`,
      title: task.title[context.settings.language],
      requirements: requirements.items.filter(({ subject }) => task.serves.includes(subject)).map(({ id }) => id),
      input: task.input.map(own),
      output: task.output.map(own),
      acceptance: task.acceptance.map(own),
      estimate_minutes: task.estimate_minutes,
      done: false,
    }),
  );
};

/** The network that a model wrote has a task of its own, with the tests of every network as its acceptance. */
const furtherTask = ({ further, choice }: Technology): z.infer<typeof planned> =>
  further === undefined || choice.model !== further.model
    ? []
    : [
        {
          title: { zh: `模型编写的网络 ${further.model}`, en: `Network ${further.model}, written by a model` },
          serves: ['task', 'metric'],
          input: ['spec/tech.md'],
          output: [furtherModule(further.model), furtherSettings(further.model)],
          acceptance: [
            'python',
            '-m',
            'pytest',
            '-q',
            'tests/test_models.py',
            'tests/test_run.py',
            '-k',
            further.model,
          ],
          estimate_minutes: 20,
        },
      ];

/**
 * At most thirty characters, cut between words: the template keeps room for that many in its lines. A project `numbers`
 * has the package `numbers_model`, since `numbers` is Python's own.
 */
export const packageName = ({ project }: { project: string }): string => {
  const words = project.split('-');
  while (words.join('_').length > longestPackageName && words.length > 1) words.pop();
  const name = words.join('_').slice(0, longestPackageName);
  return isTakenInPython(name) ? `${name}_model` : name;
};

const longestPackageName = 30;

/** The project's files as the template gives them for these requirements and this choice; the same each time. */
export const renderProject = async (context: StageContext, requirements: Requirements, technology: Technology) => {
  const { rules, settings } = context;
  const name = packageName(requirements);
  const template = await withFurther(context, technology);
  const pin = (text: string) => pinFile(text, rules.VENV_CONFIG.versions);
  const { packages } = familyOf(context.config, technology.task);
  const everywhere = [...packages.training, ...packages.serving];
  const also = (names: string[]) => (text: string) => withPackages(pin(text), names, rules.VENV_CONFIG.versions);
  const python = (await context.workbench.python()).version;
  const configured = configuredSettings(context, technology);
  const mini = (await countMini(context.root, readSchema(context))).rows;
  return renderTemplate({
    template,
    package: name,
    language: settings.language,
    values: {
      ...readmeValues(context, { requirements, technology, settings: configured, package: name, mini }),
      python,
    },
    settings: configured,
    texts: {
      ...(settings.language === 'zh' ? { 'scripts/explore_data.ipynb': inChinese(context, technology) } : {}),
      ...Object.fromEntries(['requirements-cpu.txt', 'requirements-gpu.txt'].map((file) => [file, also(everywhere)])),
      'requirements-dev.txt': pin,
      [paddleRequirements]: pin,
      'pyproject.toml': settings.framework === 'torch' ? (text) => text : withoutPaddleTypes,
      ...Object.fromEntries(
        ['deploy/docker/requirements.txt', 'deploy/docker/requirements-gpu.txt'].map((file) => [
          file,
          also(packages.serving),
        ]),
      ),
    },
  });
};

/** Over the family's layers one more, where the network was chosen that a model wrote. */
const withFurther = async (context: StageContext, { task, further, choice }: Technology): Promise<Template> => {
  const template = templateOf(context.config, task, context.settings.framework)!;
  if (further === undefined || choice.model !== further.model) return template;
  const layer = path.join(context.scratch, 'further-layer');
  for (const [file, text] of furtherLayer(further, (one) => readText(templateFile(template, one))))
    await writeAtomically(path.join(layer, file), text);
  return { ...template, layers: [...template.layers, layer] };
};

const inChinese =
  ({ config }: StageContext, { task }: Technology) =>
  (text: string) =>
    notebookInChinese(text, chineseWords(config), familyLayerOf(task));

/** mypy then needs no PaddlePaddle, and does not read its sources either. */
const withoutPaddleTypes = (text: string): string => text.replace('"torch.*",', '"torch.*", "paddle.*",');

/** What this project's configuration says otherwise than the template's. */
const configuredSettings = (context: StageContext, technology: Technology): Record<string, Record<string, unknown>> => {
  const { task, rows, source, choice } = technology;
  const { rules } = context;
  return {
    'configs/config.yaml': {
      seed: rules.ML.seed,
      'model.name': choice.model,
      ...(context.settings.framework === 'paddle' ? { framework: 'paddle' } : {}),
    },
    'configs/data/data.yaml': {
      'data.source_sha256': source.sha256,
      ...(readsImages(task) ? { 'data.images': imageFolder(context.root, source.file) } : {}),
    },
    'configs/trainer/trainer.yaml': {
      'trainer.epochs': effortOf(rules.ML, technology.task).epochs,
      'trainer.batch_size': batchOf(rules.ML, rows.full),
      ...(choice.threshold === null ? {} : { 'trainer.threshold': choice.threshold }),
      ...askedOfPairs(context.read(requirementsDocument)),
    },
    ...Object.fromEntries(
      Object.entries(choice.thresholds ?? {}).map(([model, threshold]) => [
        `configs/model/${model}.yaml`,
        { 'model.threshold': threshold },
      ]),
    ),
  };
};

/** Runs a task's acceptance command: pytest and scripts in the preloaded process, anything else as it is. */
const accept = async (context: StageContext, task: Task) => {
  const [program, ...rest] = task.acceptance as [string, ...string[]];
  const options = { cwd: context.root, limitSeconds: context.rules.TASK.acceptance_limit_seconds };
  const result =
    program === 'python' ? await context.fork(rest, options) : await context.tool([program, ...rest], options);
  const missing = task.output.filter((file) => !existsSync(context.at(file)));
  return {
    task: task.id,
    command: task.acceptance.join(' '),
    exit_code: result.exitCode,
    seconds: Number(result.seconds.toFixed(2)),
    missing,
    passed: result.exitCode === 0 && missing.length === 0,
    output: result.exitCode === 0 ? '' : lastLines(result, 20),
  };
};
