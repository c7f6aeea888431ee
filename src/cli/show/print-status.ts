import { inLanguage } from '../../artifacts/document.ts';
import type { AgentCost } from '../../operations/agents/agent-costs.ts';
import { openProject } from '../../operations/project.ts';
import type { Part } from '../../operations/stage-times.ts';
import type { Status } from '../../operations/status.ts';
import { order } from '../../stages/order.ts';
import { type Console, oneLine } from './console.ts';
import { printQuestion, requirementLines } from './print-summary.ts';
import { columnsOf, truncate } from './width.ts';

const marks = { passed: '✓', refused: '✗', failed: '✗', waiting: '?', running: '…', pending: '·' } as const;
/** Parts shorter than this are not worth a line. */
const shownFrom = 0.05;

/** Stages with the split of their seconds, requirements, open questions and service. */
export const printStatus = (
  console: Console,
  given: string,
  { summary, statuses, times, agents, busy }: Status,
): void => {
  const { root, project } = openProject(given);
  const { language } = project.settings;
  const say = inLanguage(language);
  const { print, tone, columns } = console;
  print(`${tone('bold', project.name)}  ${root}`);
  print();
  const rows = order.map(({ id, title }) => {
    const status = statuses.get(id)!;
    const seconds = 'seconds' in status ? `${status.seconds.toFixed(1)} s`.padStart(8) : '';
    return [marks[status.status], id, title[language], seconds];
  });
  const lines = columnsOf(rows, columns);
  for (const [index, { id }] of order.entries()) {
    const status = statuses.get(id)!;
    print(lines[index]!);
    const time = times.find(({ stage }) => stage === id);
    if (time && time.seconds >= 1) {
      for (const part of time.parts.filter(({ seconds }) => seconds >= shownFrom)) {
        print(
          tone(
            'dim',
            truncate(`        ${part.seconds.toFixed(1).padStart(6)} s  ${describePart(part, say)}`, columns),
          ),
        );
      }
    }
    const cost = agents.find(({ stage }) => stage === id);
    if (cost) print(tone('dim', truncate(`        ${describeCost(cost, say)}`, columns)));
    if (status.status === 'refused')
      for (const { about, message, zh } of status.reasons)
        print(`        ${tone('bad', oneLine(about))}  ${say(zh ?? message, message)}`);
  }
  if (summary.requirements.length > 0) {
    print();
    for (const line of requirementLines(summary.requirements, { say, language, columns })) print(line);
  }
  for (const question of summary.questions) printQuestion(console, question, root, say);
  print();
  if (busy) print(say(`进程 ${busy.pid} 正在运行这个项目。`, `Process ${busy.pid} is running this project.`));
  print(`${say('服务', 'Service')}  ${summary.service?.url ?? say('未启动', 'down')}`);
};

const describeCost = (
  { models, calls, failed, tokens, usd }: AgentCost,
  say: (zh: string, en: string) => string,
): string => {
  const money = usd === null ? say('价格未知', 'price not known') : `${usd.toFixed(4)} USD`;
  const lost = failed === 0 ? '' : say(`，失败 ${failed} 次`, `, ${failed} failed`);
  return say(
    `模型 ${models.join(', ')}：${calls} 次调用${lost}，${tokens} token，${money}`,
    `model ${models.join(', ')}: ${calls} calls${lost}, ${tokens} tokens, ${money}`,
  );
};

const describePart = ({ kind, what }: Part, say: (zh: string, en: string) => string): string => {
  switch (kind) {
    case 'call':
      return oneLine(what);
    case 'short':
      return say(`${what} 次短调用`, `${what} short calls`);
    case 'engine':
      return say('引擎自身，含等待 Python', 'the engine itself, waiting for Python included');
  }
};
