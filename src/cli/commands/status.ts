import type { Command } from 'commander';

export const statusCommand = (program: Command): void => {
  program
    .command('status')
    .summary('where a project stands, and where its seconds went')
    .description('Shows where a project stands: stages, where their time went, open questions, service.')
    .argument('<project>', 'folder of the project')
    .option('--json', 'print the status as one JSON object')
    .action(async (project: string, { json }: { json?: boolean }) => {
      const [{ statusOf }, { printStatus }, { createConsole }, { surroundings }] = await Promise.all([
        import('../../operations/status.ts'),
        import('../show/print-status.ts'),
        import('../show/console.ts'),
        import('../surroundings.ts'),
      ]);
      const status = await statusOf(surroundings().world, project);
      const console = createConsole({ json });
      if (json) console.json({ ...status.summary, times: status.times, agents: status.agents, busy: status.busy });
      else printStatus(console, project, status);
    });
};
