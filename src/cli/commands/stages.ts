import { type Command, Option } from 'commander';

export const stagesCommand = (program: Command): void => {
  program
    .command('stages')
    .summary('the stages: who acts and what comes out')
    .description('Lists the stages: who acts, what each needs and produces.')
    .addOption(new Option('--lang <language>', 'language of the table').choices(['zh', 'en']).default('en'))
    .option('--json', 'print the stages as JSON')
    .action(async ({ lang, json }: { lang: 'zh' | 'en'; json?: boolean }) => {
      const [{ order }, { needId }, { createConsole }, { columnsOf }] = await Promise.all([
        import('../../stages/order.ts'),
        import('../../pipeline/stage.ts'),
        import('../show/console.ts'),
        import('../show/width.ts'),
      ]);
      const console = createConsole({ json });
      const stages = order.map(({ id, title, owners, needs, produces, version }) => ({
        id,
        title,
        owners,
        version,
        needs: needs.map(needId),
        produces: [...produces],
      }));
      if (json) return console.json(stages);
      const head = lang === 'zh' ? ['阶段', '', '执行者', '产物'] : ['stage', '', 'acts', 'produces'];
      const rows = stages.map(({ id, title, owners, produces }) => [
        id,
        title[lang],
        owners.join(', '),
        produces.join(', '),
      ]);
      for (const line of columnsOf([head, ...rows], console.columns)) console.print(line);
    });
};
