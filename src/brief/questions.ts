import { wordOf } from '../artifacts/vocabulary.ts';
import { targetQuestion, taskQuestion } from './aim-questions.ts';
import type { Demand } from './demands/demands.ts';
import { slug, strictest } from './demands/settle-demands.ts';
import { type Choice, type Doubts, options, type QuestionDraft, say } from './doubts.ts';

export const mostQuestions = 5;

/** What is unsure and would change a decision; the gravest first, at most five with room for one on the rest. */
export const askQuestions = (doubts: Doubts): QuestionDraft[] =>
  [
    ...taskQuestion(doubts),
    ...targetQuestion(doubts),
    ...doubts.settled.impossible.map((demand) => impossibleQuestion(demand, doubts)),
    ...doubts.settled.conflicts
      .filter((demands) => demands.every(({ impossible }) => !impossible))
      .map((demands) => conflictQuestion(demands, doubts)),
    ...unreadQuestion(doubts),
    ...dataQuestion(doubts),
    ...speedQuestion(doubts),
    ...qualityQuestion(doubts),
  ].slice(0, mostQuestions);

const conflictQuestion = (demands: Demand[], { language }: Doubts): QuestionDraft => {
  const [{ subject }] = demands as [Demand];
  const label = wordOf(subject).label[language];
  const strict = strictest(demands);
  return {
    id: `Q-conflict-${slug(subject)}`,
    subjects: [subject],
    text: say(
      language,
      `「${label}」有不止一个要求，以哪个为准？`,
      `There is more than one demand on ${label}; which one holds?`,
    ),
    why: say(language, '验收和告警只能用一个阈值。', 'The gate and the alert need one threshold.'),
    recommended: String(strict.value),
    options: options(
      demands.map(
        ({ op, value, unit }): Choice => [
          String(value),
          `${op} ${value}${unit ? ` ${unit}` : ''}`,
          say(language, `验收和告警使用 ${label} ${op} ${value}`, `gate and alert use ${label} ${op} ${value}`),
        ],
      ),
    ),
    score: 0.5,
    follow_up: say(language, '未回答则采用更严的一个。', 'Without an answer the stricter one holds.'),
  };
};

const impossibleQuestion = ({ subject, value, op }: Demand, { language }: Doubts): QuestionDraft => {
  const { label, better } = wordOf(subject);
  const sane = better === 'lower' ? '0.05' : '0.95';
  return {
    id: `Q-impossible-${slug(subject)}`,
    subjects: [subject],
    text: say(
      language,
      `「${label.zh}」${op} ${value} 不可能达到，应是多少？`,
      `${label.en} ${op} ${value} cannot be; what is meant?`,
    ),
    why: say(
      language,
      '比例只能在 0 到 1 之间，这样的验收永远无法通过。',
      'A share lies between 0 and 1, so the gate could never pass.',
    ),
    recommended: sane,
    options: options([
      [sane, sane, say(language, `验收阈值设为 ${sane}`, `the threshold becomes ${sane}`)],
      ['drop', say(language, '去掉', 'drop it'), say(language, '不再验收这一项', 'this demand is no longer checked')],
    ]),
    score: 0.2,
    follow_up: say(
      language,
      '未回答则采用推荐项；阶段 2.4 之前必须确定。',
      'Without an answer the recommended one is taken; it must be settled before stage 2.4.',
    ),
  };
};

/** A limit that nobody will judge must not get lost in silence. */
const unreadQuestion = ({ unread, language }: Doubts): QuestionDraft[] => {
  if (unread.length === 0) return [];
  const words = unread
    .map((quote) => (language === 'zh' ? `“${quote}”` : `"${quote}"`))
    .join(language === 'zh' ? '、' : ', ');
  return [
    {
      id: 'Q-unread',
      subjects: [],
      text: say(
        language,
        `简报里有没能读成可测量要求的数字：${words}。怎么处理？`,
        `These limits of the brief could not be read as something that is measured: ${words}. What about them?`,
      ),
      why: say(language, '读不出的要求不会被验收，也不会有告警。', 'What is not read is neither judged nor watched.'),
      recommended: 'continue',
      options: options([
        [
          'continue',
          say(language, '先不管', 'go on without'),
          say(language, '这些要求不参与验收，并记录在此', 'they are not judged, which stands here'),
        ],
        [
          'reword',
          say(language, '我来改写', 'I put it in other words'),
          say(
            language,
            '请改写简报（spec/requirements.md 的 brief 或 items），再运行 specwright resume',
            'reword the brief (brief or items in spec/requirements.md), then run specwright resume',
          ),
        ],
      ]),
      score: 0.5,
      follow_up: say(
        language,
        '未回答则不验收这些要求；随时可以在 items 里补上。',
        'Without an answer they are not judged; they can be added to the items at any time.',
      ),
    },
  ];
};

const dataQuestion = ({ profile, language, task }: Doubts): QuestionDraft[] => {
  if (profile && profile.kind !== 'none') return [];
  const open =
    task === 'sequence_to_sequence' ||
    task === 'face_verification' ||
    task === 'image_classification' ||
    task === 'text_classification';
  return [
    {
      id: 'Q-data',
      subjects: ['target'],
      text: say(language, '没有给出数据：用什么来训练？', 'No data were given: what is it trained on?'),
      why: say(language, '没有真实数据时，质量指标无法验收。', 'Without real data no quality figure can be judged.'),
      recommended: open ? 'public' : 'supply',
      options: options([
        [
          'public',
          say(language, '公开数据集', 'a public data set'),
          say(
            language,
            '项目带公开数据集的加载脚本，用自带的小样本验证流程',
            'the project carries the loader of a public data set and proves itself on a small set that it makes',
          ),
        ],
        [
          'supply',
          say(language, '由我提供', 'I supply it'),
          say(
            language,
            '在阶段 2.4 完整训练之前必须给出数据文件',
            'a data file must be there before full training in stage 2.4',
          ),
        ],
      ]),
      score: 0.65,
      follow_up: say(
        language,
        '未回答则采用推荐项；质量指标在有真实数据之前标为未验证。',
        'Without an answer the recommended one is taken; quality stays unverified until there are real data.',
      ),
    },
  ];
};

const speedQuestion = ({ vagueSpeed, language }: Doubts): QuestionDraft[] =>
  vagueSpeed
    ? [
        {
          id: 'Q-latency',
          subjects: ['latency_p95'],
          text: say(language, '「要快」是多快？（P95 延迟，毫秒）', 'How fast is fast? (P95 latency in ms)'),
          why: say(language, '没有数字就无法验收和告警。', 'Without a number there is neither a gate nor an alert.'),
          recommended: '100',
          options: options(
            ['50', '100', '500'].map(
              (value): Choice => [
                value,
                `${value} ms`,
                say(language, `增加要求：P95 延迟 <= ${value} ms`, `adds the demand P95 latency <= ${value} ms`),
              ],
            ),
          ),
          score: 0.65,
          follow_up: say(language, '未回答则只测量，不验收。', 'Without an answer latency is measured and not judged.'),
        },
      ]
    : [];

const qualityQuestion = ({ settled, language, metric }: Doubts): QuestionDraft[] => {
  if (metric === null || settled.demands.some(({ subject }) => wordOf(subject).group === 'quality')) return [];
  const label = wordOf(metric).label[language];
  return [
    {
      id: 'Q-quality',
      subjects: ['metric'],
      text: say(language, `「${label}」要达到多少才算合格？`, `Which ${label} is good enough?`),
      why: say(language, '没有数字时，只能与基线比较。', 'Without a number it can only be compared with baselines.'),
      recommended: 'baseline',
      options: options([
        [
          'baseline',
          say(language, '不差于强基线', 'no worse than the strong baselines'),
          say(
            language,
            '验收条件为不差于强基线（95% 自助法）',
            'the gate asks for no worse than the strong baselines (paired bootstrap, 95 %)',
          ),
        ],
        [
          'number',
          say(language, '给一个数字', 'a number'),
          say(
            language,
            `直接以数字回答，增加要求：${label}`,
            `answer with the number itself; it becomes a demand on ${label}`,
          ),
        ],
      ]),
      score: 0.7,
      follow_up: say(language, '未回答则采用推荐项。', 'Without an answer the recommended one is taken.'),
    },
  ];
};
