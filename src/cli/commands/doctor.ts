import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { End } from '../end.ts';

export const doctorCommand = (program: Command, end: End): void => {
  program
    .command('doctor')
    .summary('what this machine has and lacks')
    .description('Looks at what this machine has and lacks, and why a service does not run, and says what to do next.')
    .argument('[project]', 'folder of a project, to look at it too')
    .addOption(new Option('--spec <file>', 'service.yaml of any service, to find why it does not run'))
    .option('--json', 'print the findings as JSON')
    .action(async (project: string | undefined, { spec, json }: { spec?: string; json?: boolean }) => {
      const [{ errorTable }, { examine }, { troubleshoot }, { createConsole, oneLine }, { pad }, { surroundings }] =
        await Promise.all([
          import('../../errors.ts'),
          import('../../operations/doctor.ts'),
          import('../../operations/watching/troubleshoot.ts'),
          import('../show/console.ts'),
          import('../show/width.ts'),
          import('../surroundings.ts'),
        ]);
      const { config, world } = surroundings();
      const hasService =
        spec !== undefined || (project !== undefined && existsSync(join(project, 'deploy/service.yaml')));
      const findings = [
        ...(await examine(config, world, project)),
        ...(hasService ? await troubleshoot(world, { project, spec }) : []),
      ];
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
