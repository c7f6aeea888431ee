import { z } from 'zod';
import { type ArtifactDocument, inLanguage } from '../document.ts';
import { bullets, table } from '../markdown.ts';

const change = z.strictObject({ question: z.string(), answer: z.string(), by: z.enum(['person', 'recommended']) });

export const localRulesSchema = z.strictObject({
  inherits: z.literal('CLAUDE.md'),
  rules: z.array(z.strictObject({ id: z.string(), text: z.string() })),
  own: z.array(z.string()),
  changes: z.array(change).min(1),
});
export type LocalRules = z.infer<typeof localRulesSchema>;

const document = (file: string): ArtifactDocument<LocalRules> => ({
  file,
  schema: localRulesSchema,
  body: (data, language) => {
    const say = inLanguage(language);
    return [
      `# ${say('本项目的行为守则', 'Rules of conduct of this project')}`,
      bullets(data.rules.map((rule) => `**${rule.id}**: ${rule.text}`)),
      `## ${say('自定规则', 'Own rules')}`,
      data.own.length === 0 ? say('无，原样继承。', 'None; inherited as they are.') : bullets(data.own),
      `## ${say('变更记录', 'Change log')}`,
      table(
        [say('问题', 'question'), say('回答', 'answer'), say('谁', 'by')],
        data.changes.map((one) => [one.question, one.answer, one.by]),
      ),
    ].join('\n\n');
  },
});

/** Exactly one of the two is there: own rules beside the inherited ones, or the inherited ones alone. */
export const ownRulesDocument = document('CLAUDE.local.md');
export const inheritedRulesDocument = document('CLAUDE.inherited.md');
