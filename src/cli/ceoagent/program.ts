import { Command } from 'commander';
import { ceoagentVariables, loadConfig } from '../../config.ts';
import type { End } from '../end.ts';

/** `ceoagent`: the service, one analysis, its evaluation, and the checklist of its deployment. */
export const createCeoagentProgram = (end: End): Command => {
  const program = new Command('ceoagent')
    .description(
      'Decision analysis as a service: options, risks, worth. Settings come from the environment (.env.example).',
    )
    .exitOverride();
  program
    .command('serve')
    .description('Starts the service and runs until it is told to stop.')
    .action(async () => {
      const { models, packageFolder } = loadConfig();
      const { startCeoagent } = await import('../../http/ceoagent/start.ts');
      const { url, stop } = await startCeoagent({ variables: ceoagentVariables(), models, packageFolder });
      process.stderr.write(`CEOAgent answers at ${url}, its documentation is at ${url}/docs\n`);
      await new Promise<void>((resolve) => {
        for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
      });
      await stop();
    });
  program
    .command('analyze')
    .description('Analyses one decision by the embedded analysis and prints it as JSON.')
    .argument('<query>', 'the decision')
    .option('--context <json>', 'figures and facts, as a JSON object', '{}')
    .action(async (query: string, { context }: { context: string }) => {
      const { analyseOnce } = await import('./analyse-once.ts');
      process.stdout.write(`${JSON.stringify(await analyseOnce(query, context), null, 2)}\n`);
    });
  program
    .command('evaluate')
    .description(
      'Runs the cases of samples/ceoagent against a running service or the embedded analysis; above 60 % it exits with 0.',
    )
    .option('--url <url>', 'a running service')
    .option('--json', 'print the result as one JSON object')
    .action(async ({ url, json }: { url?: string; json?: boolean }) => {
      const { printEvaluation } = await import('./print-evaluation.ts');
      end(await printEvaluation({ packageFolder: loadConfig().packageFolder, url, json: json ?? false }));
    });
  program
    .command('checklist')
    .description(
      'Goes through the checklist of the deployment and ticks what it has proved; exits with 3 where a line fails.',
    )
    .option('--url <url>', 'a running service')
    .option('--image <tag>', 'the image that was built', 'ceoagent:1')
    .option('--tests', 'run lint, types and unit tests as well')
    .option('--json', 'print the result as one JSON object')
    .action(async (flags: { url?: string; image: string; tests?: boolean; json?: boolean }) => {
      const [{ printChecklist }, { surroundings }] = await Promise.all([
        import('./checklist.ts'),
        import('../surroundings.ts'),
      ]);
      const { config, world } = surroundings();
      const { url, image, tests = false, json = false } = flags;
      const look = {
        run: world.run,
        packageFolder: config.packageFolder,
        variables: ceoagentVariables(),
        url,
        image,
        tests,
      };
      end(await printChecklist(look, json));
    });
  return program;
};
