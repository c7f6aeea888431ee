import { z } from 'zod';
import { inLanguage, type Language } from '../document.ts';
import { bullets } from '../markdown.ts';

/** What a model in a role remarked. It stands beside the evidence and decides nothing. */
export const agentNotes = z.array(z.strictObject({ role: z.string(), about: z.string(), text: z.string() })).optional();
export type AgentNotes = z.infer<typeof agentNotes>;

export const notesBody = (notes: AgentNotes, language: Language): string => {
  if (!notes || notes.length === 0) return '';
  const say = inLanguage(language);
  return [
    `## ${say('模型的说明', 'Notes of models')}`,
    say('由担任角色的模型写出，未经引擎证明。', 'Written by models that work in roles; the engine has not shown them.'),
    bullets(notes.map(({ role, about, text }) => `${role}: **${about}** ${text}`)),
  ].join('\n\n');
};
