import { artifactFiles } from '../../artifacts/catalog.ts';
import { requirementsDocument } from '../../artifacts/documents/requirements-document.ts';
import { type ReviewRow, reviewDocument } from '../../artifacts/documents/review.ts';
import { buildLogDocument, tasksDocument } from '../../artifacts/documents/tasks.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { refuseIf, verdict } from '../../pipeline/verdict.ts';
import { formatPython } from '../../scaffold/ruff.ts';
import { readText } from '../../world/files.ts';
import type { StageContext } from '../context.ts';
import { reviewNotes } from '../model-notes.ts';
import { requirementCoverage } from '../requirement-coverage.ts';
import { scanProject } from '../scan.ts';
import { packageName } from './build.ts';
import { compareReadme } from './readme-check.ts';

type Evidence = { rows: ReviewRow[] };

/** 1.4: static analysis by the field's tools, documents against code, and the build log line by line. */
export const reviewStage: Stage<StageContext, Evidence> = {
  id: '1.4',
  phase: 1,
  title: { zh: '代码审核', en: 'review' },
  version: 1,
  owners: ['reviewer'],
  needs: ['requirements', 'project', 'readme', 'tasks', 'build-log'],
  produces: ['review', 'project'],
  settings: ['language'],
  rules: ['ML', 'OmegaConf_README'],
  async run(context) {
    const mended: { file: string; what: string }[] = [];
    for (const file of pythonFiles(context)) {
      const text = readText(context.at(file));
      const formatted = await formatPython(text);
      if (formatted === text) continue;
      await context.write(file, formatted);
      mended.push({ file, what: context.say('按 ruff 重新排版', 'formatted by ruff') });
    }
    const rows = await inspect(context);
    await context.put(reviewDocument, { mended, rows, ...(await reviewNotes(context, JSON.stringify(rows, null, 1))) });
  },
  async adopt(context) {
    await context.put(reviewDocument, { ...context.read(reviewDocument), rows: await inspect(context) });
  },
  async collect(context) {
    return { rows: context.read(reviewDocument).rows };
  },
  gate: ({ rows }) =>
    verdict([
      refuseIf(rows.length === 0, 'reports/REVIEW_REPORT.md', 'nothing was checked'),
      ...rows.map((row) =>
        refuseIf(!row.passed, row.check, `${row.findings.slice(0, 5).join('; ')} (${row.shown_by})`),
      ),
    ]),
};

const pythonFiles = (context: StageContext): string[] =>
  artifactFiles(context.root, 'project').filter((file) => file.endsWith('.py'));

const row = (check: string, shownBy: string, findings: string[]): ReviewRow => ({
  check,
  shown_by: shownBy,
  passed: findings.length === 0,
  findings,
});

const inspect = async (context: StageContext): Promise<ReviewRow[]> => {
  const name = packageName(context.read(requirementsDocument));
  const scan = await scanProject(context);
  const { ML, OmegaConf_README } = context.rules;
  const functions = scan.files.flatMap((file) => file.functions.map((one) => ({ ...one, path: file.path })));
  const owned = functions.filter(({ path }) => !path.startsWith('tests/'));
  const [lint, types] = await Promise.all([lintFindings(context), typeFindings(context, name)]);
  return [
    row(
      'syntax',
      'python/scan.py (ast)',
      scan.files.filter(({ error }) => error).map(({ path, error }) => `${path}: ${error}`),
    ),
    row('ruff check', 'ruff check .', lint),
    row('mypy', `python -m mypy ${name} scripts`, types),
    row(
      'no stubs',
      'python/scan.py (ast)',
      scan.files.flatMap(({ path, stubs }) => stubs.map(({ line, what }) => `${path}:${line} ${what}`)),
    ),
    row(
      'types on every signature',
      'python/scan.py (ast)',
      owned.filter(({ typed }) => !typed).map(({ path, line, name: what }) => `${path}:${line} ${what}`),
    ),
    row(
      `functions of at most ${ML.function_lines} lines`,
      'ML.md function_lines',
      owned
        .filter(({ lines }) => lines > ML.function_lines)
        .map(({ path, line, name: what, lines }) => `${path}:${line} ${what} has ${lines}`),
    ),
    row(
      `files of at most ${ML.file_lines} lines`,
      'ML.md file_lines',
      scan.files
        .filter(({ path, lines }) => !path.startsWith('tests/') && lines > ML.file_lines)
        .map(({ path, lines }) => `${path} has ${lines}`),
    ),
    row(
      'imports against requirements',
      'requirements-*.txt',
      requirementCoverage(context, scan, name).flatMap(({ file, missing, superfluous }) => [
        ...missing.map((one) => `${file} lacks ${one}`),
        ...superfluous.map((one) => `${file} names ${one}, which nothing imports`),
      ]),
    ),
    row('README against code', 'README.md', compareReadme(context.root, readText(context.at('README.md')), scan)),
    row(
      'configuration without Hydra',
      'OmegaConf_README.md forbidden_keys',
      forbiddenKeys(context, OmegaConf_README.forbidden_keys),
    ),
    row('build log line by line', 'reports/PROJECT_BUILD_LOG.md', logFindings(context)),
  ];
};

const lintFindings = async (context: StageContext): Promise<string[]> => {
  const ruff = await context.tool(
    [await environmentProgram(context, 'ruff'), 'check', '--no-cache', '--output-format', 'concise', '.'],
    { cwd: context.root, limitSeconds: 60 },
  );
  return ruff.exitCode === 0 ? [] : `${ruff.stdout}${ruff.stderr}`.trim().split('\n').slice(0, 20);
};

const environmentProgram = async (context: StageContext, name: string): Promise<string> =>
  (await context.workbench.environment()).python.replace(/python$/, name);

const typeFindings = async (context: StageContext, name: string): Promise<string[]> => {
  const result = await context.tool(
    [
      await environmentProgram(context, 'mypy'),
      '--no-error-summary',
      '--cache-dir',
      `${context.scratch}/mypy`,
      name,
      'scripts',
    ],
    { cwd: context.root, limitSeconds: 120 },
  );
  return result.exitCode === 0 ? [] : `${result.stdout}${result.stderr}`.trim().split('\n').slice(0, 20);
};

const forbiddenKeys = (context: StageContext, keys: string[]): string[] =>
  artifactFiles(context.root, 'project')
    .filter((file) => file.startsWith('configs/'))
    .flatMap((file) =>
      readText(context.at(file))
        .split('\n')
        .flatMap((line, index) =>
          keys
            .filter((key) => new RegExp(`^\\s*-?\\s*${key}\\s*:`).test(line))
            .map((key) => `${file}:${index + 1} ${key}`),
        ),
    );

const logFindings = (context: StageContext): string[] => {
  const log = context.read(buildLogDocument);
  const { tasks } = context.read(tasksDocument);
  return tasks.flatMap((task) => {
    const line = log.tasks.find((one) => one.task === task.id);
    if (!line) return [`${task.id} is not in the log`];
    if (line.command !== task.acceptance.join(' ')) return [`${task.id} was accepted by another command`];
    return line.passed && task.done ? [] : [`${task.id} is not done`];
  });
};
