import type { Command } from 'commander';
import type { End } from '../end.ts';

export const verifyCommand = (program: Command, end: End): void => {
  program
    .command('verify')
    .summary('recompute journal, gates, files and predictions')
    .description('Recomputes the journal, every gate, every recorded file and the predictions of the trained model.')
    .argument('<project>', 'folder of the project')
    .option('--json', 'print the result as one JSON object')
    .action(async (project: string, { json }: { json?: boolean }) => {
      const [
        { inLanguage },
        { errorTable },
        { openProject },
        { verifyProject },
        { createConsole, oneLine },
        { surroundings },
      ] = await Promise.all([
        import('../../artifacts/document.ts'),
        import('../../errors.ts'),
        import('../../operations/project.ts'),
        import('../../operations/verify.ts'),
        import('../show/console.ts'),
        import('../surroundings.ts'),
      ]);
      const { root, checks } = await verifyProject(surroundings().world, project);
      const say = inLanguage(openProject(root).project.settings.language);
      const { print, tone, ...console } = createConsole({ json });
      for (const { what, ok, detail } of checks)
        print(`${ok ? tone('good', '✓') : tone('bad', '✗')} ${oneLine(what)}  ${oneLine(detail)}`);
      const failed = checks.filter(({ ok }) => !ok).length;
      print();
      print(
        failed === 0
          ? tone('good', say('✓ 全部核实', '✓ verified'))
          : tone('bad', say(`✗ ${failed} 项不符`, `✗ ${failed} of ${checks.length} checks failed`)),
      );
      if (json) console.json({ project: root, verified: failed === 0, checks });
      if (failed > 0) end(errorTable['proof.broken'].exit);
    });
};
