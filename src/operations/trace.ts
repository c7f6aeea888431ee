import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type ArtifactDocument, inLanguage, readArtifact } from '../artifacts/document.ts';
import { deployReportDocument } from '../artifacts/documents/deploy-report.ts';
import { guidanceDocument } from '../artifacts/documents/guidance.ts';
import { describeItem, requirementsDocument } from '../artifacts/documents/requirements-document.ts';
import { buildLogDocument, type Task, tasksDocument } from '../artifacts/documents/tasks.ts';
import { type Technology, technologyDocument } from '../artifacts/documents/technology.ts';
import { figure } from '../artifacts/markdown.ts';
import type { Item } from '../artifacts/requirements.ts';
import { type Group, vocabulary } from '../artifacts/vocabulary.ts';
import { AppError } from '../errors.ts';
import { readText } from '../world/files.ts';
import { openProject } from './project.ts';

export type LinkName = 'words' | 'item' | 'technology' | 'tasks' | 'code' | 'test' | 'measured' | 'readme' | 'alert';
/** `stage` makes the link: where it is missing, that stage has not run or has left it out. */
export type Link = { name: LinkName; found: boolean; detail: string; stage: string };
export type Trace = { id: string; item: Item; links: Link[] };

type Say = (zh: string, en: string) => string;
type Reports = {
  technology: Technology | null;
  tasks: Task[];
  exits: Map<string, number>;
  slas: { id: string; measured: number | null; met: boolean; report: string }[];
};

/** Groups whose figures a running service keeps showing, so that an alert can watch them. */
const watched: Group[] = ['quality', 'service'];

/** The thread of a requirement from the brief's words to the alert rule. */
export const traceOf = (given: string, id: string): Trace => {
  const { root } = openProject(given);
  const { items, language, questions } = readArtifact(root, requirementsDocument);
  const item = items.find((one) => one.id === id);
  if (!item) {
    throw new AppError('input.invalid', `There is no requirement ${id}`, {
      hint: `Requirements: ${items.map((one) => one.id).join(' ')}`,
    });
  }
  const asked = questions.find(({ about, answer }) => about.includes(id) && answer !== null);
  const reports = readReports(root);
  const tasks = reports.tasks.filter(({ requirements }) => requirements.includes(id));
  const say = inLanguage(language);
  const isSla = item.kind === 'sla';
  const links: (Link | false)[] = [
    link('words', '1.1', wordsOf(item, asked?.answer?.value)),
    link('item', '1.1', `${item.id} ${describeItem(item, language)} (${item.source}, ${item.confidence})`),
    link('technology', '1.2', technologyFor(item, reports.technology)),
    link('tasks', '1.3', tasks.map((task) => `${task.id} ${task.title}`).join('; ')),
    link(
      'code',
      '1.3',
      tasks
        .flatMap(({ output }) => output)
        .filter((file) => existsSync(path.join(root, file)))
        .join(', '),
    ),
    link('test', '1.3', testsOf(tasks, reports, say)),
    isSla &&
      link('measured', vocabulary[item.subject].group === 'quality' ? '2.4' : '3.3', measuredOf(item, reports, say)),
    isSla && link('readme', '3.3', readmeRow(root, id)),
    isSla && watched.includes(vocabulary[item.subject].group) && link('alert', '3.4', alertsFor(root, id)),
  ];
  return { id, item, links: links.filter((one) => one !== false) };
};

const link = (name: LinkName, stage: string, detail: string): Link => ({ name, found: detail !== '', detail, stage });

const readReports = (root: string): Reports => {
  const read = <Data>(document: ArtifactDocument<Data>): Data | null =>
    existsSync(path.join(root, document.file)) ? readArtifact(root, document) : null;
  const named = (
    document: ArtifactDocument<{ slas: { id: string; measured: number | null; met: boolean }[] }> | null,
    file: string,
  ) =>
    (document ? (read(document)?.slas ?? []) : []).map(({ id, measured, met }) => ({
      id,
      measured,
      met,
      report: file,
    }));
  return {
    technology: read(technologyDocument),
    tasks: read(tasksDocument)?.tasks ?? [],
    exits: new Map((read(buildLogDocument)?.tasks ?? []).map(({ task, exit_code }) => [task, exit_code])),
    slas: [
      ...named(deployReportDocument, deployReportDocument.file),
      ...named(guidanceDocument, guidanceDocument.file),
    ],
  };
};

const wordsOf = ({ quote, source, note, measured_by }: Item, answer: string | undefined): string => {
  if (quote) return `“${quote}”`;
  if (answer !== undefined) return `answered: ${answer}`;
  return `${source}: ${note ?? measured_by}`;
};

/** The choice's reasons that name the requirement, and the candidates' figures for its subject. */
const technologyFor = ({ id, subject }: Item, technology: Technology | null): string => {
  if (!technology) return '';
  const reasons = technology.choice.reasons.filter(({ requirement }) => requirement === id).map(({ text }) => text);
  const measure = subject === technology.metric ? 'metric' : subject.startsWith('latency') ? 'latency' : subject;
  const figures = technology.candidates.flatMap(({ model, measured, estimate }) => {
    const value = Object.entries(measured).find(([name]) => name === measure)?.[1];
    const unit = Object.entries(estimate).find(([name]) => name === measure)?.[1].unit ?? null;
    return value === undefined ? [] : [`${model} ${figure(value, unit)}`];
  });
  return [...reasons, ...(figures.length > 0 ? [figures.join(', ')] : [])].join('; ');
};

const testsOf = (tasks: Task[], { exits }: Reports, say: Say): string =>
  tasks
    .filter(({ id }) => exits.has(id))
    .map(({ id, acceptance }) => `${acceptance.join(' ')} → ${say('退出码', 'exit code')} ${exits.get(id)}`)
    .join('; ');

const measuredOf = ({ id, unit, op, value }: Item, { slas }: Reports, say: Say): string => {
  const row = slas.find((one) => one.id === id && one.measured !== null);
  if (!row) return '';
  const result = row.met ? say('达到', 'met') : say('未达到', 'not met');
  return `${figure(row.measured, unit)}, ${say('要求', 'asked')} ${op} ${value}: ${result} (${row.report})`;
};

/** The row of the measured table, which names the id in its first column. */
const readmeRow = (root: string, id: string): string => {
  const file = path.join(root, 'README.md');
  if (!existsSync(file)) return '';
  const [, measured = ''] = readText(file).split('<!-- measured:begin -->');
  return (
    measured
      .split('\n')
      .find((line) => line.startsWith(`| ${id} `))
      ?.trim() ?? ''
  );
};

const alertFile = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string().optional(),
          expr: z.union([z.string(), z.number()]),
          labels: z.record(z.string(), z.string()).optional(),
        }),
      ),
    }),
  ),
});

const alertsFor = (root: string, id: string): string => {
  const folder = path.join(root, 'deploy', 'monitoring');
  if (!existsSync(folder)) return '';
  return readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .flatMap((name) => {
      const parsed = alertFile.safeParse(parse(readText(path.join(folder, name))));
      const rules = parsed.success ? parsed.data.groups.flatMap((group) => group.rules) : [];
      return rules
        .filter(({ labels }) => labels?.requirement === id)
        .map(({ alert, expr }) => `${alert ?? ''}: ${expr} (${name})`);
    })
    .join('; ');
};
