import type { Command } from 'commander';
import type { Judgement } from '../../../rollout/judge/judgement.ts';
import type { End } from '../../end.ts';

/** 3: a gate refused; 10: a person is asked, since nothing can be said. */
const exitCodes: Record<Judgement['verdict'], number> = { pass: 0, fail: 3, inconclusive: 10, 'cannot measure': 2 };

export const judgeCommand = (program: Command, end: End): void => {
  program
    .command('judge')
    .summary("judge a rollout's recorded window once more")
    .description(
      "Judges the recorded window of a rollout: pass, fail, inconclusive or cannot measure, with each check's figures.",
    )
    .requiredOption('--replay <file>', 'window that a rollout recorded, as JSON')
    .option('--json', 'print canonical JSON: the same bytes each time')
    .action(async ({ replay, json }: { replay: string; json?: boolean }) => {
      const [{ replayJudgement }, { createConsole }] = await Promise.all([
        import('../../../operations/release/replay-judgement.ts'),
        import('../../show/console.ts'),
      ]);
      const { judgement, text } = replayJudgement(replay);
      const { print } = createConsole();
      if (json) print(text);
      else printJudgement(judgement, print);
      end(exitCodes[judgement.verdict]);
    });
};

const printJudgement = ({ verdict, checks }: Judgement, print: (line: string) => void): void => {
  print(verdict);
  for (const { check, verdict: found, because, figures } of checks) {
    print(`  ${check.padEnd(12)} ${found.padEnd(14)} ${because}`);
    for (const [name, value] of Object.entries(figures)) {
      print(`    ${name.padEnd(20)} ${value === null ? '-' : Number(value.toPrecision(6))}`);
    }
  }
};
