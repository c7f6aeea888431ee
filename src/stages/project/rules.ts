import { existsSync, rmSync } from 'node:fs';
import { inheritedRulesDocument, ownRulesDocument } from '../../artifacts/documents/local-rules.ts';
import type { Question } from '../../pipeline/questions.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { refuseIf, verdict } from '../../pipeline/verdict.ts';
import { readText, sha256 } from '../../world/files.ts';
import type { StageContext } from '../context.ts';

type Evidence = {
  files: string[];
  changes: { question: string; answer: string; answered: string | null }[];
  rules: { copy: string | null; source: string };
};

const questionId = 'Q-own-rules';

/** 2.1: shows the key rules, and asks whether the team has own ones. */
export const rulesStage: Stage<StageContext, Evidence> = {
  id: '2.1',
  phase: 2,
  title: { zh: '本地规则', en: 'rules' },
  version: 1,
  owners: ['user', 'planner'],
  needs: [],
  produces: ['local-rules'],
  settings: ['language'],
  rules: ['CLAUDE'],
  async run(context) {
    const rules = context.rules.CLAUDE.key_rules;
    const answer = (await context.ask([question(context)]))[questionId]!;
    const own =
      answer === 'inherit'
        ? []
        : answer
            .split(/\r?\n|；|;/)
            .map((line) => line.trim())
            .filter(Boolean);
    const [chosen, other] =
      own.length > 0 ? [ownRulesDocument, inheritedRulesDocument] : [inheritedRulesDocument, ownRulesDocument];
    await context.write('CLAUDE.md', context.ruleFiles.CLAUDE.text);
    rmSync(context.at(other.file), { force: true });
    await context.put(chosen, {
      inherits: 'CLAUDE.md',
      rules,
      own,
      changes: [{ question: questionId, answer, by: context.answer(questionId)?.by ?? 'person' }],
    });
  },
  async adopt() {
    // A team's edit of its own rules stays as it is; the gate looks at it again.
  },
  async collect(context) {
    const files = [ownRulesDocument, inheritedRulesDocument].filter(({ file }) => existsSync(context.at(file)));
    const changes = files.flatMap((document) => context.read(document).changes);
    return {
      files: files.map(({ file }) => file),
      changes: changes.map(({ question: id, answer }) => ({
        question: id,
        answer,
        answered: context.answer(id)?.value ?? null,
      })),
      rules: {
        copy: existsSync(context.at('CLAUDE.md')) ? sha256(readText(context.at('CLAUDE.md'))) : null,
        source: sha256(context.ruleFiles.CLAUDE.text),
      },
    };
  },
  gate: ({ files, changes, rules }) =>
    verdict([
      refuseIf(
        files.length !== 1,
        'CLAUDE.local.md',
        `exactly one of CLAUDE.local.md and CLAUDE.inherited.md must exist, found ${files.length}`,
      ),
      refuseIf(changes.length === 0, files[0] ?? 'CLAUDE.inherited.md', 'its change log is empty'),
      refuseIf(rules.copy !== rules.source, 'CLAUDE.md', 'is not the rule file that the project was made by'),
      ...changes.map(({ question: id, answer, answered }) =>
        refuseIf(answered !== answer, id, 'the change log does not lead back to an answer in the journal'),
      ),
    ]),
};

const question = (context: StageContext): Question => ({
  id: questionId,
  text: context.say(
    `智能体将遵守这些规则：${context.rules.CLAUDE.key_rules.map(({ text }) => text).join(' ')} 要添加自己的规则吗？`,
    `Agents will follow these rules: ${context.rules.CLAUDE.key_rules.map(({ text }) => text).join(' ')} Do you want to add your own?`,
  ),
  why: context.say('团队规则约束之后的每一步。', "A team's rules bind every later step."),
  recommended: 'inherit',
  options: [
    {
      value: 'inherit',
      label: context.say('原样继承', 'inherit them as they are'),
      changes: context.say('写出 CLAUDE.inherited.md', 'CLAUDE.inherited.md is written'),
    },
  ],
  free: true,
});
