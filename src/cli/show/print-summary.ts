import path from 'node:path';
import { describeItem } from '../../artifacts/documents/requirements-document.ts';
import { figure } from '../../artifacts/markdown.ts';
import type { RequirementRow, Summary } from '../../operations/summary.ts';
import type { Question } from '../../pipeline/questions.ts';
import type { StageStatus } from '../../pipeline/run-options.ts';
import { explain } from '../report-error.ts';
import { type Console, oneLine } from './console.ts';
import { columnsOf } from './width.ts';

type Language = 'zh' | 'en';
type Say = (zh: string, en: string) => string;

/** What a person wants to know after a run: verdict, model, requirements, where to look, what to do next. */
export const printSummary = (
  console: Console,
  summary: Summary,
  {
    say,
    language,
    statuses,
    seconds,
  }: { say: Say; language: Language; statuses: Map<string, StageStatus>; seconds: number },
): void => {
  const { print, tone } = console;
  print();
  print(`${verdictLine(console, summary, say)}  ${tone('dim', `${seconds.toFixed(1)} s`)}`);
  printModel(console, summary, say);
  if (summary.requirements.length > 0) {
    print();
    for (const line of requirementLines(summary.requirements, { say, language, columns: console.columns })) print(line);
  }
  printReasons(console, statuses, say);
  for (const question of summary.questions) printQuestion(console, question, summary.project, say);
  print();
  print(`${say('项目', 'Project')}  ${summary.project}`);
  print(
    `${say('报告', 'Reports')}  ${['spec', 'reports'].map((folder) => path.join(summary.project, folder)).join('  ')}`,
  );
  if (summary.service) print(`${say('服务', 'Service')}  ${summary.service.url}  (${summary.service.url}/docs)`);
  print(`${say('下一步', 'Next')}  ${nextStep(summary, say)}`);
};

const verdictLine = ({ tone }: Console, { verdict, stages }: Summary, say: Say): string => {
  const count = stages.filter(({ status }) => status === 'passed').length;
  const of = `${count}/${stages.length} ${say('个阶段', 'stages')}`;
  const lines: Record<Summary['verdict'], string> = {
    passed: tone('good', say('✓ 通过', '✓ passed')),
    refused: tone('bad', say('✗ 被门禁拒绝', '✗ refused by a gate')),
    waiting: tone('warn', say('? 等待回答', '? waiting for an answer')),
    failed: tone('bad', say('✗ 中断', '✗ ended early')),
  };
  return `${lines[verdict]}  ${of}`;
};

const printModel = ({ print, tone }: Console, { model, metrics }: Summary, say: Say): void => {
  const [first] = metrics;
  if (!model || !first) return;
  const where =
    first.split === 'holdout' ? say('封存的留出集', 'on the sealed hold-out') : say('交叉验证', 'cross-validated');
  const beside = first.baseline
    ? `${say('基线', 'baseline')} ${first.baseline.name} ${figure(first.baseline.value)}`
    : '';
  print(
    `${say('模型', 'Model')}  ${tone('bold', model)}  ${first.name} ${tone('bold', figure(first.value))} (${where})  ${beside}`,
  );
};

export const requirementLines = (
  requirements: RequirementRow[],
  { say, language, columns }: { say: Say; language: Language; columns: number },
): string[] => {
  const state = ({ met }: RequirementRow) => (met === null ? '·' : met ? '✓' : '✗');
  const rows = requirements.map((one) => [
    state(one),
    one.id,
    oneLine(describeItem(one, language)),
    one.measured === null ? '' : `${say('实测', 'measured')} ${figure(one.measured, one.unit)}`,
  ]);
  return columnsOf(rows, columns);
};

const printReasons = ({ print, tone }: Console, statuses: Map<string, StageStatus>, say: Say): void => {
  for (const [stage, status] of statuses) {
    if (status.status === 'refused') {
      print();
      print(`${stage} ${say('拒绝的理由', 'refused because')}`);
      for (const { about, message, zh } of status.reasons)
        print(`  ${tone('bad', oneLine(about))}  ${say(zh ?? message, message)}`);
    }
    if (status.status === 'failed' && !isAbort(status.error)) {
      print();
      const { message, hint } = explain(status.error);
      print(`${tone('bad', 'error:')} ${stage}: ${message}`);
      if (hint) print(`hint: ${hint}`);
    }
  }
};

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

export const printQuestion = ({ print, tone }: Console, question: Question, project: string, say: Say): void => {
  print();
  print(`${tone('warn', question.id)}  ${question.text}`);
  print(`  ${say('为什么', 'Why')}: ${question.why}`);
  for (const option of question.options) {
    const mark = option.value === question.recommended ? ` (${say('推荐', 'recommended')})` : '';
    print(`  ${option.value}  ${option.label}${mark}: ${option.changes}`);
  }
  if (question.free) print(`  ${say('也可以自己写', 'or any text of your own')}`);
  print(`  specwright answer ${quoted(project)} ${quoted(`${question.id}=${question.recommended || 'VALUE'}`)}`);
};

const nextStep = (summary: Summary, say: Say): string => {
  const project = quoted(summary.project);
  const steps: Record<Summary['verdict'], string> = {
    passed: afterPassing(summary, project),
    refused: say(
      `按上面的理由修改，然后 specwright resume ${project}`,
      `mend what is named above, then specwright resume ${project}`,
    ),
    waiting: say(
      `回答之后 specwright resume ${project}；或加 --yes 采用推荐答案`,
      `answer, then specwright resume ${project}; or add --yes to take what is recommended`,
    ),
    failed: `specwright resume ${project}`,
  };
  return steps[summary.verdict];
};

/** What can be used after the stages that this run was to go through. */
const afterPassing = ({ service, stages }: Summary, project: string): string => {
  if (service) return `specwright predict ${project}`;
  const isTrained = stages.some(({ id, status }) => id === '2.4' && status === 'passed');
  return isTrained ? `specwright up ${project}` : `specwright resume ${project}`;
};

/** As it can be pasted into a shell. */
export const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
