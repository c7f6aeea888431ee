import type { Command } from 'commander';

export const predictCommand = (program: Command): void => {
  program
    .command('predict')
    .summary('predict through the running service or the script')
    .description("Predicts through the running service, or through the project's own script where none runs.")
    .argument('<project>', 'folder of the project')
    .argument('[input]', 'JSON as the service takes it, a text, or the path of an image; without it: a sample')
    .option('--input <file>', 'a table (CSV, TSV, Excel, Parquet, JSON lines), a JSON file, or an image')
    .action(async (project: string, json: string | undefined, { input }: { input?: string }) => {
      const [{ AppError }, { predict, sampleOf }, { surroundings }] = await Promise.all([
        import('../../errors.ts'),
        import('../../operations/predict.ts'),
        import('../surroundings.ts'),
      ]);
      if (json !== undefined && input !== undefined) {
        throw new AppError('usage', 'Both an input and --input were given', { hint: 'Give one of them.' });
      }
      const asked = input !== undefined ? { file: input } : { json: json ?? JSON.stringify(sampleOf(project)) };
      const { outputs, inputs, through, said } = await predict(surroundings().world, project, asked);
      if (json === undefined && input === undefined)
        process.stderr.write(`input:  ${JSON.stringify(inputs)?.slice(0, 2000)}\n`);
      process.stderr.write(`through the ${through}\n`);
      if (said !== '') process.stderr.write(`${said}\n`);
      process.stdout.write(`${JSON.stringify(outputs, null, 1)}\n`);
    });
};
