import { readIfPresent } from '../../artifacts/document.ts';
import { requirementsDocument } from '../../artifacts/documents/requirements-document.ts';
import type { Requirements } from '../../artifacts/requirements.ts';
import type { DataProfile } from '../../brief/data-profile.ts';
import { extractRequirements } from '../../brief/extract.ts';
import { profileSource } from '../../data/brief-profile.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { refuseIf, verdict } from '../../pipeline/verdict.ts';
import type { StageContext } from '../context.ts';
import { modelAdditions, withAdditions } from './model-requirements.ts';

type Evidence = {
  items: { id: string; subject: string; source: string; score: number; quoted: boolean; clarified: boolean }[];
  questions: { id: string; score: number; clarified: boolean }[];
};

/** 1.1: the brief becomes items with ids; what is unsure and would change a decision is asked. */
export const requirementsStage: Stage<StageContext, Evidence> = {
  id: '1.1',
  phase: 1,
  title: { zh: '需求分析', en: 'requirements' },
  version: 2,
  owners: ['planner', 'requirements', 'user'],
  needs: [],
  produces: ['requirements'],
  settings: ['brief', 'language', 'data', 'agents'],
  rules: ['CREATE'],
  async run(context) {
    const profile = context.settings.data ? await profileSource(context.settings.data.path, context.scratch) : null;
    const first = extract(context, profile, {});
    const more = await modelAdditions(context, first, profile);
    const by = (question: string) => context.answer(question)?.by ?? 'recommended';
    const open = [...first.questions, ...more.questions].filter((question) => question.answer === null);
    const answers =
      open.length === 0
        ? {}
        : await context.ask(open.slice(0, context.rules.CREATE.questions_per_round).map(asQuestion));
    const settled = open.length === 0 ? first : extract(context, profile, answers);
    await context.put(requirementsDocument, withAdditions(settled, more, answers, by));
  },
  async adopt(context) {
    await context.put(requirementsDocument, context.read(requirementsDocument));
  },
  async collect(context) {
    const { items, questions, brief } = context.read(requirementsDocument);
    const clarified = (id: string) =>
      questions.some((question) => question.about.includes(id) && question.follow_up !== '');
    return {
      items: items.map((item) => ({
        id: item.id,
        subject: item.subject,
        source: item.source,
        score: item.confidence,
        quoted: item.quote !== null && brief.includes(item.quote),
        clarified: clarified(item.id),
      })),
      questions: questions.map(({ id, score, answer, follow_up }) => ({
        id,
        score,
        clarified: answer !== null || follow_up !== '',
      })),
    };
  },
  gate: ({ items, questions }, { CREATE }) =>
    verdict([
      refuseIf(items.length === 0, 'spec/requirements.md', 'there is no item'),
      ...items.flatMap((item) => [
        refuseIf(
          item.score <= CREATE.minimum_score && !item.clarified,
          item.id,
          `${item.subject} scores ${item.score}, at most ${CREATE.minimum_score}, and nothing clarifies it`,
        ),
        refuseIf(item.source === 'stated' && !item.quoted, item.id, 'is called stated, but does not quote the brief'),
      ]),
      ...questions.map((question) =>
        refuseIf(
          question.score <= CREATE.minimum_score && !question.clarified,
          question.id,
          `scores ${question.score} and has neither an answer nor a follow-up`,
        ),
      ),
    ]),
};

/** A project keeps the name under which its code was written, whatever its data are called later. */
const extract = (context: StageContext, profile: DataProfile | null, answers: Record<string, string>): Requirements => {
  const found = extractRequirements(context.settings.brief, {
    language: context.settings.language,
    profile,
    answers,
    answeredBy: Object.keys(answers).some((id) => context.answer(id)?.by === 'person') ? 'person' : 'recommended',
    minimumScore: context.rules.CREATE.minimum_score,
    defaults: context.rules.CREATE.sla_defaults,
  });
  const earlier = readIfPresent(context.root, requirementsDocument);
  return earlier ? { ...found, project: earlier.project } : found;
};

const asQuestion = (question: Requirements['questions'][number]) => ({
  id: question.id,
  text: question.text,
  why: question.why,
  recommended: question.recommended,
  options: question.options,
  // An option called `number` stands for the number itself.
  free: question.options.length === 0 || question.options.some(({ value }) => value === 'number'),
});
