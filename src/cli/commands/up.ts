import type { Command } from 'commander';

export const upCommand = (program: Command): void => {
  program
    .command('up')
    .summary('bring the model up as a service that stays')
    .description('Brings the trained model up as a service that stays after the command has ended.')
    .argument('<project>', 'folder of the project')
    .action(async (project: string) => {
      const [
        { inLanguage },
        { openProject },
        { bringUp },
        { releasedUrl },
        { createConsole },
        { interruptible },
        { quoted },
        { surroundings },
      ] = await Promise.all([
        import('../../artifacts/document.ts'),
        import('../../operations/project.ts'),
        import('../../operations/service.ts'),
        import('../../operations/release/released.ts'),
        import('../show/console.ts'),
        import('../run/interrupt.ts'),
        import('../show/print-summary.ts'),
        import('../surroundings.ts'),
      ]);
      const { config, world } = surroundings();
      const { root, project: file } = openProject(project);
      const say = inLanguage(file.settings.language);
      const { print } = createConsole();
      const released = releasedUrl(root);
      if (released) return print(say(`已发布并在运行：${released}`, `Deployed and up: ${released}`));
      const { state, seconds } = await interruptible(
        () => undefined,
        (signal) => bringUp(config, world, root, signal),
      );
      print(
        seconds === null
          ? say(`已在运行：${state.url}`, `Already up: ${state.url}`)
          : say(`${seconds.toFixed(1)} 秒后就绪：${state.url}`, `Ready after ${seconds.toFixed(1)} s: ${state.url}`),
      );
      print(`${state.url}/docs`);
      print(`specwright predict ${quoted(root)}`);
      print(`specwright down ${quoted(root)}`);
    });
};
