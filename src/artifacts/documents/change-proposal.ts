import { z } from 'zod';
import { inLanguage, type Language } from '../document.ts';
import { table } from '../markdown.ts';

/** Beside the requirements, never in them: a person decides whether one of them changes. */
export const proposalsFolder = 'spec/proposals';

export const findingKinds = ['schema', 'input', 'prediction', 'quality', 'service'] as const;

/** One thing that is not as the spec or the training has it. */
export const driftFinding = z.strictObject({
  kind: z.enum(findingKinds),
  /** The requirement that it touches; null: none of the spec's rows depends on it. */
  requirement: z.string().nullable(),
  /** A column, a subject of the requirements, or `prediction`. */
  what: z.string(),
  measure: z.string(),
  value: z.number(),
  threshold: z.number(),
  n: z.number().int(),
  effect_size: z.number(),
  /** Chance of such a figure without a change, and the level that it had to be under. */
  p: z.number(),
  level: z.number(),
});
export type DriftFinding = z.infer<typeof driftFinding>;

export const changeProposalSchema = z.strictObject({
  id: z.string().regex(/^PROP-\d{3,}$/),
  created: z.iso.datetime(),
  status: z.enum(['open', 'accepted', 'declined']),
  requirements: z.array(z.string()),
  verdict: z.enum(['inputs moved', 'quality moved', 'promise broken']),
  rows: z.number().int(),
  findings: z.array(driftFinding).min(1),
});
export type ChangeProposal = z.infer<typeof changeProposalSchema>;

/** What a person is asked, by what was found. */
const asked: Record<ChangeProposal['verdict'], [zh: string, en: string]> = {
  'quality moved': [
    '线上质量已低于需求：用新数据重新训练，或由人修改该需求。',
    'Quality in production is under the requirement: train on newer data, or let a person change the requirement.',
  ],
  'inputs moved': [
    '输入或预测的分布与训练时不同，但没有证据表明质量下降：请补充标注、确认数据来源；若变化长久，应重新训练。',
    'Inputs or predictions are not as in training, and nothing shows that quality suffers: gather labels and look where the data come from; train again where the change is there to stay.',
  ],
  'promise broken': [
    '服务未守住承诺：请查找原因、增加资源，或由人修改该需求。',
    'The service does not keep what was promised: find the cause, give it more, or let a person change the requirement.',
  ],
};

export const changeProposalBody = (data: ChangeProposal, language: Language): string => {
  const say = inLanguage(language);
  const rounded = (value: number) => String(Number(value.toPrecision(4)));
  const rows = data.findings.map(({ requirement, what, kind, measure, value, threshold, n, effect_size, p }) => [
    requirement ?? '–',
    what,
    kind,
    measure,
    rounded(value),
    rounded(threshold),
    String(n),
    rounded(effect_size),
    rounded(p),
  ]);
  const head = say(
    '需求 对象 类别 度量 实测 阈值 n 效应量 p',
    'requirement what kind measure value threshold n effect p',
  ).split(' ');
  return [
    `# ${data.id} ${say('变更提议', 'Change proposal')}`,
    say(...asked[data.verdict]),
    table(head, rows),
    say(
      '需求不会被自动修改。决定之后，把上面的 `status` 改为 `accepted` 或 `declined`。',
      'Requirements are not edited by themselves. After deciding, set `status` above to `accepted` or `declined`.',
    ),
  ].join('\n\n');
};
