import type { Command } from 'commander';

const labels: Record<string, [zh: string, en: string]> = {
  words: ['原话', 'words'],
  item: ['条目', 'item'],
  technology: ['技术', 'technology'],
  tasks: ['任务', 'tasks'],
  code: ['代码', 'code'],
  test: ['测试', 'test'],
  measured: ['实测', 'measured'],
  readme: ['说明', 'README'],
  alert: ['告警', 'alert'],
  proposal: ['提议', 'proposal'],
};

export const traceCommand = (program: Command): void => {
  program
    .command('trace')
    .summary("a requirement's thread, from the brief's words to the alert")
    .description('Prints the thread of a requirement, from the words of the brief to the alert rule.')
    .argument('<project>', 'folder of the project')
    .argument('<requirement>', 'its id, such as REQ-002')
    .option('--json', 'print the thread as one JSON object')
    .action(async (project: string, id: string, { json }: { json?: boolean }) => {
      const [{ inLanguage }, { openProject }, { traceOf }, { createConsole, oneLine }, { pad }] = await Promise.all([
        import('../../artifacts/document.ts'),
        import('../../operations/project.ts'),
        import('../../operations/trace.ts'),
        import('../show/console.ts'),
        import('../show/width.ts'),
      ]);
      const { root, project: file } = openProject(project);
      const say = inLanguage(file.settings.language);
      const trace = traceOf(root, id);
      const { print, tone, ...console } = createConsole({ json });
      for (const { name, found, detail, stage } of trace.links) {
        const label = pad(say(...(labels[name] ?? [name, name])), 10);
        const missing = tone('warn', say(`缺失，由阶段 ${stage} 产生`, `missing; stage ${stage} makes it`));
        print(`${found ? tone('good', '✓') : tone('warn', '·')} ${label}  ${found ? oneLine(detail) : missing}`);
      }
      if (json) console.json({ project: root, requirement: id, links: trace.links });
    });
};
