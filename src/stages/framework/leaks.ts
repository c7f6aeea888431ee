import path from 'node:path';
import { z } from 'zod';
import type { Technology } from '../../artifacts/documents/technology.ts';
import type { Prepared } from '../../data/prepare.ts';
import type { Question } from '../../pipeline/questions.ts';
import { sha256 } from '../../world/files.ts';
import { expectSuccess } from '../../world/processes.ts';
import type { StageContext } from '../context.ts';

const findings = z.array(
  z.object({ columns: z.array(z.string()).min(1), kind: z.string(), detail: z.string(), strength: z.number() }),
);
type Finding = z.infer<typeof findings>[number];
export type Leak = Technology['leaks'][number];

/** Families whose rows are columns of their own; an image or a lone text has nothing to leave out. */
const searched = new Set(['tabular_classification', 'tabular_regression', 'text_classification']);

/**
 * Columns that give the target away, by what `data/full` shows. They are left out when a person agrees, or the
 * recommended answer is taken; the schema then says why.
 */
export const settleLeaks = async (context: StageContext, prepared: Prepared): Promise<Leak[]> => {
  const { schema } = prepared.sealed;
  if (!searched.has(schema.task)) return [];
  const script = path.join(context.config.packageFolder, 'python', 'find_leaks.py');
  const result = await context.fork([script, context.at('data/full/data.csv'), context.at('data/schema.json')], {
    cwd: context.root,
    limitSeconds: 300,
  });
  const found = findings.parse(JSON.parse(expectSuccess(result, 'Looking for leaks').stdout));
  const inputs = schema.columns
    .filter(({ role }) => !['target', 'ignored', 'group'].includes(role))
    .map(({ name }) => name);
  const leaks: Leak[] = [];
  for (const finding of found) {
    const rest = inputs.filter((name) => !finding.columns.includes(name));
    const answers = rest.length > 0 ? await context.ask([question(context, finding)]) : {};
    const dropped = answers[questionId(finding)] === 'drop';
    leaks.push({ ...finding, dropped });
    if (dropped) leaveOut(context, prepared, finding);
  }
  if (leaks.some(({ dropped }) => dropped)) {
    await context.write('data/schema.json', `${JSON.stringify(schema, null, 2)}\n`);
  }
  return leaks;
};

/** By its columns: another finding of another run is another question. */
const questionId = ({ columns, kind }: Finding): string =>
  `Q-leak-${sha256(JSON.stringify([kind, columns])).slice(0, 8)}`;

const question = ({ say }: StageContext, finding: Finding): Question => {
  const names = finding.columns.map((name) => `"${name}"`).join(', ');
  return {
    id: questionId(finding),
    text: say(
      `${names} 泄漏了答案（${kinds[finding.kind] ?? finding.kind}，强度 ${finding.strength}）。预测时会有这些列吗？`,
      `${names} gives the answer away (${finding.kind}: ${finding.detail}). Will it be there when a prediction is made?`,
    ),
    why: say(
      '事后才有的列会让离线指标虚高，上线后失灵。',
      'A column that is only known afterwards makes the figures good and the service useless.',
    ),
    recommended: 'drop',
    options: [
      {
        value: 'drop',
        label: say('去掉', 'leave it out'),
        changes: say('不参与训练和预测', 'it takes no part in training or prediction'),
      },
      { value: 'keep', label: say('保留', 'keep it'), changes: say('照常使用，报告里写明', 'it is used, and told') },
    ],
  };
};

const leaveOut = ({ say }: StageContext, { sealed }: Prepared, { columns, kind, detail }: Finding): void => {
  for (const column of sealed.schema.columns) {
    if (!columns.includes(column.name)) continue;
    column.role = 'ignored';
    column.reason = say(`泄漏：${kinds[kind] ?? kind}`, `leakage: ${kind} (${detail})`);
  }
};

/** The kinds of `python/find_leaks.py` in Chinese. */
export const kinds: Record<string, string> = {
  'filled in with the answer': '是否有值就说明了答案',
  'determines the target': '它的取值决定了目标',
  'is the target in another form': '是目标的另一种写法',
  'names the answer': '文字里写着答案',
  'is a sum': '相加（减）就是目标',
  'is a product': '相乘（除）就是目标',
  'is a time between dates': '日期之差就是目标',
};
