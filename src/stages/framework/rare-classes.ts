import type { RareClass } from '../../data/rare-classes.ts';
import { sha256 } from '../../world/files.ts';
import type { StageContext } from '../context.ts';

/** Asks before the few rows of classes are left out that nothing could be learnt of. */
export const agreeToLeaveOut = async (context: StageContext, rare: RareClass[]): Promise<boolean> => {
  const { say } = context;
  const id = `Q-rare-${sha256(JSON.stringify(rare)).slice(0, 8)}`;
  const named = rare.map(({ label, rows }) => `${label} (${rows})`).join(', ');
  const answers = await context.ask([
    {
      id,
      text: say(
        `这些类别的行数太少，学不了也验不了：${named}。去掉这些行吗？`,
        `These classes have too few rows to be learnt or judged: ${named}. Leave these rows out?`,
      ),
      why: say(
        '只有几行的类别，任何模型都学不会；留着就无法封存留出集。',
        'No model learns a class from a few rows, and with them no hold-out can be sealed.',
      ),
      recommended: 'leave out',
      options: [
        {
          value: 'leave out',
          label: say('去掉', 'leave them out'),
          changes: say(
            '模型不会给出这些类别，报告里写明',
            'the model never answers with these classes, and the report says so',
          ),
        },
        {
          value: 'keep',
          label: say('保留', 'keep them'),
          changes: say('在有更多行之前，1.2 会拒绝', '1.2 refuses until there are more rows of them'),
        },
      ],
    },
  ]);
  return answers[id] === 'leave out';
};
