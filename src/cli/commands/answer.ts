import type { Command } from 'commander';

export const answerCommand = (program: Command): void => {
  program
    .command('answer')
    .summary('answer the open questions of a project')
    .description('Answers open questions of a project; `resume` then goes on with them.')
    .argument('<project>', 'folder of the project')
    .argument('<answers...>', 'ID=VALUE, as many as you like')
    .action(async (project: string, given: string[]) => {
      const [
        { inLanguage },
        { AppError },
        { answerQuestions },
        { openProject },
        { createConsole },
        { printQuestion, quoted },
        { surroundings },
      ] = await Promise.all([
        import('../../artifacts/document.ts'),
        import('../../errors.ts'),
        import('../../operations/answer.ts'),
        import('../../operations/project.ts'),
        import('../show/console.ts'),
        import('../show/print-summary.ts'),
        import('../surroundings.ts'),
      ]);
      const answers = given.map((one) => {
        const at = one.indexOf('=');
        if (at > 0) return { id: one.slice(0, at), value: one.slice(at + 1) };
        throw new AppError('usage', `"${one}" is no answer`, { hint: 'Write ID=VALUE, such as Q-target=price.' });
      });
      const open = answerQuestions(surroundings().world, project, answers);
      const { root, project: file } = openProject(project);
      const say = inLanguage(file.settings.language);
      const console = createConsole();
      console.print(say(`已记录 ${answers.length} 个回答。`, `${answers.length} answers recorded.`));
      for (const question of open) printQuestion(console, question, root, say);
      if (open.length === 0) console.print(`${say('下一步', 'Next')}  specwright resume ${quoted(root)}`);
    });
};
