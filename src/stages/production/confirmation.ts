import type { Confirmation } from '../../artifacts/documents/deploy-report.ts';
import { describeItem } from '../../artifacts/documents/requirements-document.ts';
import type { Item, Requirements } from '../../artifacts/requirements.ts';
import type { Question } from '../../pipeline/questions.ts';
import type { StageContext } from '../context.ts';
import { standOf } from '../stand.ts';
import { isLeftToPerson } from './subject-evidence.ts';

/** Figures that no run of minutes can measure; a person says that they are watched elsewhere. */
const beyondMeasurement = ['cost'];

const isBeyondMeasurement = ({ kind, subject }: Item): boolean => kind === 'sla' && beyondMeasurement.includes(subject);

/** A question for each item that nothing here can measure or show, and what was answered. */
export const confirmUnmeasured = async (
  context: Pick<StageContext, 'root' | 'ask' | 'answer' | 'say' | 'settings'>,
  { items, language }: Requirements,
): Promise<Confirmation[]> => {
  const open = items.filter((item) => isBeyondMeasurement(item) || isLeftToPerson(item, standOf(context)));
  const answers = await context.ask(
    open.map((item) => (isBeyondMeasurement(item) ? askForWatch(context, item) : askForWord(context, item, language))),
  );
  return open.map((item) => {
    const id = questionId(item);
    return {
      id: item.id,
      what: describeItem(item, language),
      confirmed: answers[id] !== 'stop',
      by: context.answer(id)?.by ?? 'recommended',
    };
  });
};

const questionId = ({ id }: Item): string => `Q-confirm-${id}`;

const stop = ({ say }: Pick<StageContext, 'say'>) => ({
  value: 'stop',
  label: say('停下', 'stop'),
  changes: say('本阶段拒绝', 'this stage refuses'),
});

const askForWatch = (context: Pick<StageContext, 'say'>, item: Item): Question => ({
  id: questionId(item),
  text: context.say(
    `${item.id}（${item.subject} ${item.op} ${item.value}）无法在这里测量，由谁负责？`,
    `${item.id} (${item.subject} ${item.op} ${item.value}) cannot be measured here. Is it watched elsewhere?`,
  ),
  why: context.say('没有测量的要求不能算作达到。', 'A requirement that was not measured does not count as met.'),
  recommended: 'watched',
  options: [
    {
      value: 'watched',
      label: context.say('由人在别处跟踪', 'a person watches it elsewhere'),
      changes: context.say('报告里写“未测量，由人确认”', 'the report says "not measured, confirmed by a person"'),
    },
    stop(context),
  ],
});

const askForWord = (context: Pick<StageContext, 'say'>, item: Item, language: Requirements['language']): Question => ({
  id: questionId(item),
  text: context.say(
    `${item.id}（${describeItem(item, language)}）无法由机器证明。您确认做到了吗？`,
    `${item.id} (${describeItem(item, language)}) cannot be shown by a machine. Do you confirm that it holds?`,
  ),
  why: context.say(
    '没有检查过的要求不能写成“实测”。',
    'A requirement that nothing has checked must not be called measured.',
  ),
  recommended: 'confirmed',
  options: [
    {
      value: 'confirmed',
      label: context.say('确认', 'it holds'),
      changes: context.say('报告和线索里写“由人确认”', 'report and thread say "confirmed by a person"'),
    },
    stop(context),
  ],
});
