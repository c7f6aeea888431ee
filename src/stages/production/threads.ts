import { existsSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { inLanguage, readArtifact, readIfPresent } from '../../artifacts/document.ts';
import { confirmedBy, deployReportDocument } from '../../artifacts/documents/deploy-report.ts';
import { describeItem, requirementsDocument } from '../../artifacts/documents/requirements-document.ts';
import type { Thread, ThreadLink } from '../../artifacts/documents/running-report.ts';
import { buildLogDocument, tasksDocument } from '../../artifacts/documents/tasks.ts';
import { technologyDocument } from '../../artifacts/documents/technology.ts';
import type { Item, Requirements } from '../../artifacts/requirements.ts';
import { hasNoFigure, type SubjectWithoutFigure } from '../../artifacts/vocabulary.ts';
import { isWatched } from '../../monitor/alert-rules.ts';
import { listFiles, readText } from '../../world/files.ts';
import { isLeftToPerson, subjectEvidence } from './subject-evidence.ts';

export const alertFile = 'deploy/monitoring/alerts.yml';

/** The threads of all requirements, from the quoted words to the alert rule, as the files of the project show them. */
export const readThreads = (root: string): Thread[] => {
  const requirements = readArtifact(root, requirementsDocument);
  return requirements.items.map((item) => threadOf(root, requirements, item));
};

const threadOf = (root: string, requirements: Requirements, item: Item): Thread => ({
  id: item.id,
  what: describeItem(item, requirements.language),
  links: [
    words(requirements, item),
    link('item', '1.1', `${item.id} ${describeItem(item, requirements.language)} (${item.source}, ${item.confidence})`),
    technology(root, item),
    task(root, item),
    code(root, item),
    test(root, item),
    measured(root, requirements, item),
    slaRowOf(root, item),
    alert(root, item),
  ],
});

const link = (name: string, stage: string, detail: string | null): ThreadLink => ({
  name,
  stage,
  found: detail !== null,
  detail: detail ?? `comes from stage ${stage}`,
});

const words = ({ brief }: Requirements, item: Item): ThreadLink => {
  if (item.source !== 'stated') return link('words', '1.1', `(${item.source})`);
  return link('words', '1.1', item.quote !== null && brief.includes(item.quote) ? `"${item.quote}"` : null);
};

const technology = (root: string, item: Item): ThreadLink => {
  const decided = readIfPresent(root, technologyDocument)?.choice.reasons.find(
    ({ requirement }) => requirement === item.id,
  );
  return link('technology', '1.2', decided?.text ?? null);
};

const tasksOf = (root: string, item: Item) =>
  readIfPresent(root, tasksDocument)?.tasks.filter(({ requirements }) => requirements.includes(item.id)) ?? [];

const task = (root: string, item: Item): ThreadLink => {
  const tasks = tasksOf(root, item);
  return link('tasks', '1.3', tasks.length > 0 ? tasks.map(({ id, title }) => `${id} ${title}`).join('; ') : null);
};

const code = (root: string, item: Item): ThreadLink => {
  const files = tasksOf(root, item).flatMap(({ output }) => output);
  const there = files.filter((file) => existsSync(path.join(root, file)));
  return link('code', '1.3', files.length > 0 && there.length === files.length ? files.join(', ') : null);
};

const test = (root: string, item: Item): ThreadLink => {
  const log = readIfPresent(root, buildLogDocument)?.tasks ?? [];
  const runs = tasksOf(root, item).map(({ id }) => log.find((one) => one.task === id));
  const passed = runs.length > 0 && runs.every((run) => run?.passed);
  return link('test', '1.3', passed ? runs.map((run) => `${run!.command} → ${run!.exit_code}`).join('; ') : null);
};

const measured = (root: string, { language }: Requirements, item: Item): ThreadLink => {
  const { subject } = item;
  if (hasNoFigure(subject)) return shown(root, { language, item, subject });
  const row = readIfPresent(root, deployReportDocument)?.slas.find(({ id }) => id === item.id);
  if (!row) return link('measured', '3.3', null);
  if (row.measured === null) return link('measured', '3.3', row.confirmed ? 'confirmed by a person' : null);
  return link(
    'measured',
    '3.3',
    `${Number(row.measured.toPrecision(4))}${row.unit ? ` ${row.unit}` : ''} (${row.met ? 'met' : 'not met'})`,
  );
};

/** What shows a goal, a constraint or a deliverable: its own evidence, or a person's word for this very item. */
const shown = (
  root: string,
  { language, item, subject }: { language: Requirements['language']; item: Item; subject: SubjectWithoutFigure },
): ThreadLink => {
  const say = inLanguage(language);
  const evidence = subjectEvidence[subject];
  const report = readIfPresent(root, deployReportDocument);
  if (evidence === 'person' || isLeftToPerson(item, report?.measured_on ?? 'process')) {
    const what = describeItem(item, language);
    const word = report?.confirmations.find((one) => one.id === item.id && one.what === what);
    if (word && !word.confirmed)
      return { ...link('measured', '3.3', null), detail: say('回答是 stop', 'the answer was stop') };
    return link('measured', '3.3', word ? confirmedBy(word, say) : null);
  }
  const detail = evidence.shows(root, item, say);
  return {
    ...link('measured', evidence.stage, detail),
    ...(detail === null ? { detail: say(`${evidence.file} 中没有`, `${evidence.file} does not show it`) } : {}),
  };
};

const slaRowOf = (root: string, item: Item): ThreadLink => {
  if (item.kind !== 'sla') return link('readme', '3.3', '(no figure)');
  const readme = path.join(root, 'README.md');
  const line = existsSync(readme)
    ? measuredBlock(readText(readme)).find((one) => one.includes(`| ${item.id} |`))
    : undefined;
  return link('readme', '3.3', line ? 'README.md' : null);
};

const measuredBlock = (readme: string): string[] =>
  readme.slice(Math.max(0, readme.indexOf('<!-- measured:begin -->'))).split('\n');

const alert = (root: string, item: Item): ThreadLink => {
  if (item.kind !== 'sla' || !isWatched(item.subject)) {
    return link('alert', '3.4', '(held by a gate)');
  }
  const names = readAlerts(root)
    .filter(({ requirement }) => requirement === item.id)
    .map(({ alert: name }) => name);
  return link('alert', '3.4', names.length > 0 ? names.join(', ') : null);
};

/** Alerts of the project's rule files, with the requirement that each watches. */
export const readAlerts = (root: string): { alert: string; requirement: string | null; expr: string }[] => {
  const folder = path.join(root, 'deploy/monitoring');
  return listFiles(folder)
    .filter((file) => /\.ya?ml$/.test(file) && !file.includes('test'))
    .flatMap((file) => {
      const content = parse(readText(path.join(folder, file))) as { groups?: { rules?: RuleEntry[] }[] } | null;
      return (content?.groups ?? []).flatMap((group) => group.rules ?? []);
    })
    .filter((rule): rule is RuleEntry & { alert: string } => typeof rule.alert === 'string')
    .map((rule) => ({ alert: rule.alert, requirement: rule.labels?.requirement ?? null, expr: String(rule.expr) }));
};

type RuleEntry = { alert?: string; expr: string; labels?: Record<string, string> };
