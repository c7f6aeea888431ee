import type { Command } from 'commander';
import type { End } from '../end.ts';

export const doctorCommand = (program: Command, end: End): void => {
  program
    .command('doctor')
    .summary('what this machine has and lacks')
    .description('Looks at what this machine has and lacks, and says what to do next.')
    .argument('[project]', 'folder of a project, to look at it too')
    .option('--json', 'print the findings as JSON')
    .action(async (project: string | undefined, { json }: { json?: boolean }) => {
      const [{ errorTable }, { examine }, { createConsole, oneLine }, { pad }, { surroundings }] = await Promise.all([
        import('../../errors.ts'),
        import('../../operations/doctor.ts'),
        import('../show/console.ts'),
        import('../show/width.ts'),
        import('../surroundings.ts'),
      ]);
      const { config, world } = surroundings();
      const findings = await examine(config, world, project);
      const { print, tone, ...console } = createConsole({ json });
      for (const { what, ok, needed, found, next } of findings) {
        const mark = ok ? tone('good', '✓') : needed ? tone('bad', '✗') : tone('warn', '!');
        print(`${mark} ${pad(what, 9)} ${oneLine(found)}`);
        if (next) print(`  ${' '.repeat(9)} → ${next}`);
      }
      if (json) console.json(findings);
      if (findings.some(({ ok, needed }) => needed && !ok)) end(errorTable['tool.missing'].exit);
    });
};
