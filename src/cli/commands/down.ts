import type { Command } from 'commander';

export const downCommand = (program: Command): void => {
  program
    .command('down')
    .summary('stop the service')
    .description('Stops the service of a project, requests in flight first.')
    .argument('<project>', 'folder of the project')
    .action(async (project: string) => {
      const [{ inLanguage }, { openProject }, { takeDown }, { createConsole }, { surroundings }] = await Promise.all([
        import('../../artifacts/document.ts'),
        import('../../operations/project.ts'),
        import('../../operations/service.ts'),
        import('../show/console.ts'),
        import('../surroundings.ts'),
      ]);
      const say = inLanguage(openProject(project).project.settings.language);
      const stopped = await takeDown(surroundings().world, project);
      createConsole().print(
        stopped ? say('服务已停止。', 'The service was stopped.') : say('没有服务在运行。', 'No service was running.'),
      );
    });
};
