import { type Command, InvalidArgumentError, Option } from 'commander';

export type Chosen = { spec?: string; url?: string; json?: boolean };

/** What the verbs take that look at a running service: a project, or the spec of any service, and where it answers. */
export const forRunningService = (command: Command): Command =>
  command
    .argument('[project]', 'folder of the project (default: here)')
    .addOption(new Option('--spec <file>', 'service.yaml of any service, in place of a project'))
    .option('--url <url>', 'where it answers (default: as deployed or brought up here)')
    .option('--json', 'end with one JSON object on stdout');

/** A number above zero. */
export const positive = (text: string): number => {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('a number above zero is needed');
};

export const loaded = async ({ json }: { json?: boolean }) => {
  const [{ createConsole }, { interruptible }, { surroundings }] = await Promise.all([
    import('../../show/console.ts'),
    import('../../run/interrupt.ts'),
    import('../../surroundings.ts'),
  ]);
  return { console: createConsole({ json }), interruptible, ...surroundings() };
};
