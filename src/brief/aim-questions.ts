import { wordOf } from '../artifacts/vocabulary.ts';
import { metricsOf } from './aims/metric.ts';
import { type Choice, type Doubts, options, type QuestionDraft, say, taskLabels } from './doubts.ts';

export const taskQuestion = ({ aims, language, minimumScore, profile, readable }: Doubts): QuestionDraft[] => {
  if (aims.task.task !== null && aims.task.confidence >= minimumScore) return [];
  const guess = aims.task.task ?? (profile?.kind === 'images' ? 'image_classification' : 'tabular_classification');
  const images = ['image_classification', 'face_verification'] as const;
  const tables = [
    'tabular_classification',
    'tabular_regression',
    'time_series_forecasting',
    'text_classification',
    'sequence_to_sequence',
  ] as const;
  const possible = profile?.kind === 'images' ? images : profile?.kind === 'table' ? tables : [...tables, ...images];
  const choices = [guess, ...possible.filter((task) => task !== guess)].map((task): Choice => {
    const label = taskLabels[task][language === 'zh' ? 0 : 1];
    const metric = wordOf(metricsOf[task][0]!).label[language];
    return [
      task,
      label,
      say(language, `用${label}模板，默认指标为${metric}`, `the ${label} template is used, judged by ${metric}`),
    ];
  });
  return [
    {
      id: 'Q-task',
      subjects: ['task', 'metric'],
      text: readable
        ? say(language, '要解决的是哪一类任务？', 'Which kind of task is it?')
        : say(
            language,
            '这份需求的语言读不可靠：要解决的是哪一类任务？',
            'The language of this brief is not read reliably: which kind of task is it?',
          ),
      why: say(
        language,
        '任务类型决定模型、指标和数据格式。',
        'The task decides the models, the metric and the shape of the data.',
      ),
      recommended: guess,
      options: options(choices),
      score: aims.task.confidence,
      follow_up: say(
        language,
        '未回答则采用推荐项；阶段 1.2 之前可改。',
        'Without an answer the recommended one is taken; it can be changed before stage 1.2.',
      ),
    },
  ];
};

export const targetQuestion = ({ aims, language, minimumScore, profile }: Doubts): QuestionDraft[] => {
  const { together } = aims;
  const isSure = aims.target.confidence >= minimumScore && together.length === 0;
  if (profile === null || profile.columns.length === 0 || isSure) return [];
  const ranked = together.length > 0 ? together : aims.candidates.slice(0, 5).map(({ column }) => column);
  const plausible = ranked.length > 0 ? ranked : profile.columns.slice(-3).toReversed();
  const choices = plausible.map(
    ({ name, distinct }): Choice => [
      name,
      name,
      say(
        language,
        `预测「${name}」（${distinct} 个不同的值），其余列作为输入`,
        `"${name}" (${distinct} distinct values) is predicted, the other columns are inputs`,
      ),
    ],
  );
  return [
    {
      id: 'Q-target',
      subjects: ['target', 'task'],
      text:
        together.length > 0
          ? say(
              language,
              `需求里一起提到了 ${together.length} 个目标，一个项目只预测一列：先预测哪一列？`,
              `The brief asks for ${together.length} columns, and a project predicts one: which of them?`,
            )
          : say(language, '要预测哪一列？', 'Which column is to be predicted?'),
      why: say(
        language,
        '目标列决定任务、指标，以及哪些列可以作输入。',
        'The target decides the task, the metric and which columns may be inputs.',
      ),
      recommended: plausible[0]!.name,
      options: options(choices),
      score: aims.target.confidence,
      follow_up: say(
        language,
        `未回答则采用推荐项；阶段 1.2 封存留出集之前必须确定。${together.length > 0 ? '其余目标请各建一个项目。' : ''}`,
        `Without an answer the recommended one is taken; it must be settled before the hold-out is sealed in stage 1.2.${together.length > 0 ? ' Create a project for each of the others.' : ''}`,
      ),
    },
  ];
};
