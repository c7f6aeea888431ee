import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { type Environment, environmentDocument } from '../../artifacts/documents/environment.ts';
import { miniDatasetDocument, plotsFolder } from '../../artifacts/documents/mini-dataset.ts';
import { inspectMini, writeMini } from '../../data/mini.ts';
import { type DataSchema, dataSchema } from '../../data/schema.ts';
import { cloneEnvironment } from '../../environment/cached-environment.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { refuseIf, verdict } from '../../pipeline/verdict.ts';
import { readJson } from '../../world/files.ts';
import { expectSuccess } from '../../world/processes.ts';
import type { StageContext } from '../context.ts';
import { decideDevice, projectEnvironment } from '../device.ts';
import { dataNotes } from '../model-notes.ts';
import { paddleOf, paddleRequirements } from '../templates.ts';

type Evidence = {
  environment: Pick<Environment, 'missing' | 'foreign' | 'pip_check' | 'device' | 'gpu'>;
  mini: { rows: number; fromHoldout: number; absent: string[] };
  notebook: {
    exit_code: number;
    cells: number;
    executed: number;
    figures: { file: string; heading: string }[];
    error: string;
  };
};

/** 2.2: the project's own environment, a stratified mini set, and the notebook run on it. */
export const environmentStage: Stage<StageContext, Evidence> = {
  id: '2.2',
  phase: 2,
  title: { zh: '环境与数据', en: 'environment' },
  version: 2,
  owners: ['ops', 'dataset'],
  needs: ['requirements', 'venv', 'local-rules', 'data', 'notebook'],
  produces: ['environment', 'mini-data', 'notebook'],
  settings: ['language', 'device', 'framework'],
  rules: ['VENV_CONFIG', 'ML'],
  async run(context) {
    await decideDevice(context);
    const cached = await context.workbench.environment();
    const { folder } = projectEnvironment(context);
    const clone = await cloneEnvironment(context.world.run, cached.folder, folder);
    const schema = dataSchema.parse(readJson(context.at('data/schema.json')));
    await writeMini(context.root, schema, context.rules.ML.mini_rows, context.rules.ML.seed);
    context.progress(context.say('检查环境，运行笔记本', 'checking the environment, running the notebook'));
    const [environment, notebook] = await Promise.all([
      inspectEnvironment(context, { source: cached.built ? 'built' : 'cache', clone }),
      runNotebook(context),
    ]);
    await context.put(environmentDocument, environment);
    await context.write('reports/env_check_report.json', `${JSON.stringify(environment, null, 2)}\n`);
    const facts = await inspectMini(context.root, schema);
    const columns = schema.columns.map(describeColumn);
    await context.put(miniDatasetDocument, {
      rows: facts.rows,
      full_rows: facts.fullRows,
      from_holdout: facts.fromHoldout,
      classes: facts.classes,
      target: facts.target,
      columns,
      notebook,
      ...(await dataNotes(context, { task: schema.task, columns })),
    });
  },
  async collect(context) {
    const { missing, foreign, pip_check, device, gpu } = context.read(environmentDocument);
    const schema = dataSchema.parse(readJson(context.at('data/schema.json')));
    const facts = await inspectMini(context.root, schema);
    return {
      environment: { missing, foreign, pip_check, device, gpu },
      mini: {
        rows: facts.rows,
        fromHoldout: facts.fromHoldout,
        absent: facts.classes.filter(({ full, mini }) => full > 0 && mini === 0).map(({ label }) => label),
      },
      notebook: context.read(miniDatasetDocument).notebook,
    };
  },
  gate: ({ environment, mini, notebook }) =>
    verdict([
      ...environment.missing.map((one) => refuseIf(true, 'installed packages', `required, but not installed: ${one}`)),
      ...environment.foreign.map((one) =>
        refuseIf(true, 'installed packages', `installed, but required by nothing: ${one}`),
      ),
      refuseIf(environment.pip_check.exit_code !== 0, 'pip check', environment.pip_check.output),
      refuseIf(environment.device === 'gpu' && !environment.gpu.available, 'gpu', 'PyTorch sees no GPU in debug-gpu'),
      refuseIf(mini.rows === 0, 'data/mini', 'is empty'),
      refuseIf(mini.fromHoldout > 0, 'data/mini', `holds ${mini.fromHoldout} rows of the hold-out`),
      ...mini.absent.map((label) => refuseIf(true, 'data/mini', `class ${label} is absent`)),
      refuseIf(notebook.exit_code !== 0, 'scripts/explore_data.ipynb', `did not run to its end: ${notebook.error}`),
      refuseIf(
        notebook.executed < notebook.cells,
        'scripts/explore_data.ipynb',
        `${notebook.executed} of ${notebook.cells} cells ran`,
      ),
      refuseIf(notebook.figures.length === 0, 'scripts/explore_data.ipynb', 'shows no plot'),
    ]),
};

const shownValues = 6;

/** What `data/full` shows of a column, in words of one line. */
const describeColumn = ({ name, role, missing, min, max, values }: DataSchema['columns'][number]) => ({
  name,
  role,
  missing,
  holds:
    values && values.length > 0
      ? values.slice(0, shownValues).join(', ') + (values.length > shownValues ? ', …' : '')
      : min !== undefined && max !== undefined
        ? `${min} … ${max}`
        : '',
});

const inspected = z.object({
  python_version: z.string(),
  platform: z.string(),
  gpu: z.object({ available: z.boolean(), name: z.string().nullable(), cuda: z.string().nullable() }),
  packages_installed: z.record(z.string(), z.string()),
  required: z.record(z.string(), z.string()),
  missing: z.array(z.string()),
  foreign: z.array(z.string()),
});

const inspectEnvironment = async (
  context: StageContext,
  how: Pick<Environment, 'source' | 'clone'>,
): Promise<Environment> => {
  const { name, python } = projectEnvironment(context);
  const device = name === context.rules.VENV_CONFIG.names.gpu ? 'gpu' : 'cpu';
  const script = path.join(context.config.packageFolder, 'python', 'inspect_environment.py');
  const paddle = context.settings.framework !== 'torch' && (await context.workbench.withoutPaddle()) === null;
  const files = [`requirements-${device}.txt`, 'requirements-dev.txt', ...(paddle ? [paddleFile(context)] : [])];
  const [result, check] = await Promise.all([
    context.tool([python, '-I', script, ...files], { cwd: context.root, limitSeconds: 120 }),
    context.tool([python, '-I', '-m', 'pip', 'check', '--disable-pip-version-check'], {
      cwd: context.root,
      limitSeconds: 120,
    }),
  ]);
  const found = inspected.parse(JSON.parse(expectSuccess(result, 'Inspecting the environment').stdout));
  const output = `${check.stdout}${check.stderr}`.trim();
  return { ...found, folder: name, device, pip_check: { exit_code: check.exitCode, output }, ...how };
};

/** The project's own, or where its networks have no twins the one by which the environment was built. */
const paddleFile = (context: StageContext): string =>
  existsSync(context.at(paddleRequirements))
    ? paddleRequirements
    : paddleOf(context.config, context.settings.framework)!.requirements;

const notebookOutput = z.object({
  cells: z.number(),
  executed: z.number(),
  figures: z.array(z.object({ file: z.string(), heading: z.string() })),
  error: z.string(),
});

const runNotebook = async (context: StageContext) => {
  const script = path.join(context.config.packageFolder, 'python', 'run_notebook.py');
  const result = await context.tool(
    [
      projectEnvironment(context).python,
      script,
      context.at('scripts/explore_data.ipynb'),
      context.root,
      context.at(plotsFolder),
    ],
    { cwd: context.root, limitSeconds: 300, env: { JUPYTER_PLATFORM_DIRS: '1' } },
  );
  const last = result.stdout.trim().split('\n').at(-1) ?? '';
  const parsed = notebookOutput.safeParse(last.startsWith('{') ? JSON.parse(last) : null);
  const facts = parsed.success
    ? parsed.data
    : { cells: 0, executed: 0, figures: [], error: result.stderr.slice(-2000) };
  return { exit_code: result.exitCode, ...facts };
};
