import type { Command } from 'commander';

export const downCommand = (program: Command): void => {
  program
    .command('down')
    .summary('stop the service')
    .description('Stops what serves for a project or a service spec, requests in flight first.')
    .argument('[project]', 'folder of the project (default: here)')
    .option('--spec <file>', 'service.yaml of any service, in place of a project')
    .option('--json', 'end with one JSON object on stdout')
    .action(async (project: string | undefined, { spec, json }: { spec?: string; json?: boolean }) => {
      const [{ inLanguage }, { openProject }, { takeAllDown, takeDownSpec }, { createConsole }, { surroundings }] =
        await Promise.all([
          import('../../artifacts/document.ts'),
          import('../../operations/project.ts'),
          import('../../operations/release/take-down.ts'),
          import('../show/console.ts'),
          import('../surroundings.ts'),
        ]);
      const language = spec ? 'en' : openProject(project ?? '.').project.settings.language;
      const say = inLanguage(language);
      const stopped = spec
        ? await takeDownSpec(surroundings(), spec)
        : await takeAllDown(surroundings(), project ?? '.');
      const console = createConsole({ json });
      console.print(
        stopped ? say('服务已停止。', 'The service was stopped.') : say('没有服务在运行。', 'No service was running.'),
      );
      if (json) console.json({ stopped });
    });
};
