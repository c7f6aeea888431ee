import { type ArtifactDocument, inLanguage, type Language } from '../document.ts';
import { table } from '../markdown.ts';
import { type Item, type Requirements, requirementsSchema } from '../requirements.ts';
import { vocabulary } from '../vocabulary.ts';

export const requirementsDocument: ArtifactDocument<Requirements> = {
  file: 'spec/requirements.md',
  schema: requirementsSchema,
  body: (data, language) => {
    const say = inLanguage(language);
    return [
      `# ${say('需求', 'Requirements')}: ${data.title}`,
      `> ${data.brief.trim().replaceAll('\n', '\n> ')}`,
      `## ${say('条目', 'Items')}`,
      table(
        [
          say('编号', 'id'),
          say('类别', 'kind'),
          say('内容', 'what'),
          say('来源', 'source'),
          say('原话', 'words'),
          say('把握', 'confidence'),
          say('怎样测量', 'how it is measured'),
        ],
        data.items.map((item) => [
          item.id,
          item.kind,
          describeItem(item, language),
          item.source,
          item.quote,
          item.confidence.toFixed(2),
          item.measured_by,
        ]),
      ),
      `## ${say('问题', 'Questions')}`,
      data.questions.length === 0
        ? say('没有需要澄清的问题。', 'Nothing had to be asked.')
        : data.questions.map((question) => renderQuestion(question, language)).join('\n\n'),
    ].join('\n\n');
  },
};

const renderQuestion = (question: Requirements['questions'][number], language: Language): string => {
  const say = inLanguage(language);
  const answer = question.answer
    ? `${question.answer.value} (${question.answer.by})`
    : say('尚未回答', 'not answered yet');
  return [
    `### ${question.id}: ${question.text}`,
    `${say('为什么重要', 'Why it matters')}: ${question.why}`,
    ...question.options.map((option) => `- \`${option.value}\` ${option.label}: ${option.changes}`),
    `${say('推荐', 'Recommended')}: \`${question.recommended}\` · ${say('回答', 'Answer')}: ${answer} · ${question.follow_up}`,
  ].join('\n');
};

/** `accuracy >= 0.97`, with the label of the language. */
export const describeItem = (item: Pick<Item, 'subject' | 'op' | 'value' | 'unit'>, language: Language): string => {
  const value = Array.isArray(item.value) ? item.value.join(', ') : item.value;
  if (value === item.subject) return vocabulary[item.subject].label[language];
  return `${vocabulary[item.subject].label[language]} ${item.op} ${value}${item.unit ? ` ${item.unit}` : ''}`;
};
