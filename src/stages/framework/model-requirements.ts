import { z } from 'zod';
import {
  type Item,
  operators,
  type Question,
  type Requirements,
  requirementsSchema,
} from '../../artifacts/requirements.ts';
import { subjects, vocabulary, wordOf } from '../../artifacts/vocabulary.ts';
import type { DataProfile } from '../../brief/data-profile.ts';
import { agentGround } from '../agent-ground.ts';
import type { StageContext } from '../context.ts';

const foundItems = z.object({
  items: z.array(
    z.object({
      subject: z.string(),
      op: z.enum(operators),
      value: z.union([z.number(), z.string(), z.array(z.string())]),
      quote: z.string(),
      confidence: z.number(),
    }),
  ),
});
const foundQuestions = z.object({
  questions: z.array(
    z.object({
      about: z.array(z.string()),
      text: z.string(),
      why: z.string(),
      recommended: z.string(),
      options: z.array(z.object({ value: z.string(), label: z.string(), changes: z.string() })),
    }),
  ),
});

export type Additions = { items: Item[]; questions: Question[] };

/**
 * What models that work as `requirements` and `planner` find beside the rules. An item counts only with a subject of
 * the vocabulary, a value of its kind, a passage of the brief itself, and a confidence above the limit; what the rules
 * have read stays as it is.
 */
export const modelAdditions = async (
  context: StageContext,
  found: Requirements,
  profile: DataProfile | null,
): Promise<Additions> => {
  if (!context.agents.works('requirements') && !context.agents.works('planner')) return { items: [], questions: [] };
  const { ground } = await agentGround(context);
  const items = await moreItems(context, { found, profile, ground });
  return {
    items,
    questions: await moreQuestions(context, { found: { ...found, items: [...found.items, ...items] }, ground }),
  };
};

type Ground = Awaited<ReturnType<typeof agentGround>>['ground'];

const moreItems = async (
  context: StageContext,
  { found, profile, ground }: { found: Requirements; profile: DataProfile | null; ground: Ground },
): Promise<Item[]> => {
  const told = await context.agents.work(
    {
      role: 'requirements',
      inputs: {
        brief: found.brief,
        known: found.items.map(line).join('\n'),
        subjects: subjects
          .map((name) => `${name}${vocabulary[name].unit ? ` (${vocabulary[name].unit})` : ''}`)
          .join(', '),
        data: profile === null ? '-' : JSON.stringify(profile),
      },
      schema: foundItems,
      ground,
    },
    context,
  );
  const known = new Set(found.items.map(({ subject }) => subject));
  const usable = (told?.items ?? []).flatMap((one) => {
    const why = refusal(one, { brief: found.brief, known, minimum: context.rules.CREATE.minimum_score });
    context.record('agent.item', {
      subject: one.subject,
      op: one.op,
      value: one.value,
      quote: one.quote,
      refused: why,
    });
    if (why !== null) return [];
    const subject = subjects.find((name) => name === one.subject)!;
    known.add(subject);
    return [{ ...one, subject }];
  });
  return usable.map(({ subject, op, value, quote, confidence }, index) => ({
    id: `REQ-${String(found.items.length + index + 1).padStart(3, '0')}`,
    kind: wordOf(subject).kind,
    subject,
    op,
    value,
    unit: vocabulary[subject].unit,
    source: 'stated',
    quote,
    confidence,
    measured_by: wordOf(subject).measuredBy[context.settings.language],
    note: context.say('由模型找到', 'found by a model'),
  }));
};

/** Why an item of a model does not count; null: it does. Aims decide the task and stay with the rules and the person. */
const refusal = (
  { subject, value, quote, confidence }: z.infer<typeof foundItems>['items'][number],
  { brief, known, minimum }: { brief: string; known: Set<string>; minimum: number },
): string | null => {
  const name = subjects.find((one) => one === subject);
  if (!name) return 'the vocabulary has no such subject';
  if (vocabulary[name].kind === 'goal') return 'aims are read by the rules';
  if (known.has(subject)) return 'is found already';
  if (!brief.includes(quote)) return 'the quote is not in the brief';
  if (vocabulary[name].kind === 'sla' && typeof value !== 'number') return 'a service level needs a number';
  if (confidence <= minimum) return `scores ${confidence}, at most ${minimum}`;
  return null;
};

const moreQuestions = async (
  context: StageContext,
  { found, ground }: { found: Requirements; ground: Ground },
): Promise<Question[]> => {
  const told = await context.agents.work(
    {
      role: 'planner',
      inputs: {
        brief: found.brief,
        items: found.items.map(line).join('\n'),
        asked: found.questions.map(({ text }) => `- ${text}`).join('\n') || '-',
      },
      schema: foundQuestions,
      ground,
    },
    context,
  );
  const ids = new Set(found.items.map(({ id }) => id));
  return (told?.questions ?? [])
    .filter(({ recommended, options }) => options.some(({ value }) => value === recommended))
    .map((question, index) => ({
      ...question,
      about: question.about.filter((id) => ids.has(id)),
      id: `Q-planner-${index + 1}`,
      score: 1,
      answer: null,
      follow_up: context.say('未回答则取推荐答案。', 'Without an answer the recommended one holds.'),
    }));
};

const line = ({ id, subject, op, value, quote }: Item): string =>
  `${id}: ${subject} ${op} ${JSON.stringify(value)}${quote ? ` ("${quote}")` : ''}`;

/** The requirements with what models found, and with the answers to their questions. */
export const withAdditions = (
  requirements: Requirements,
  { items, questions }: Additions,
  answers: Record<string, string>,
  by: (question: string) => 'person' | 'recommended',
): Requirements =>
  requirementsSchema.parse({
    ...requirements,
    items: [
      ...requirements.items,
      ...items.map((item, index) => ({ ...item, id: numbered(requirements.items.length + index + 1) })),
    ],
    questions: [
      ...requirements.questions,
      ...questions.map((question) => ({
        ...question,
        answer: answers[question.id] === undefined ? null : { value: answers[question.id]!, by: by(question.id) },
      })),
    ],
  });

const numbered = (number: number): string => `REQ-${String(number).padStart(3, '0')}`;
