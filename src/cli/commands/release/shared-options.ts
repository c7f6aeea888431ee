import { type Command, Option } from 'commander';
import type { Console } from '../../show/console.ts';

export type Chosen = { spec?: string; json?: boolean };

/** What all verbs of a rollout take: a project, or the spec of any service. */
export const forService = (command: Command): Command =>
  command
    .argument('[project]', 'folder of the project (default: here)')
    .addOption(new Option('--spec <file>', 'service.yaml of any service, in place of a project'))
    .option('--json', 'end with one JSON object on stdout');

/** What a verb needs at run time, loaded when it runs. */
export const loaded = async ({ json }: Chosen) => {
  const [{ createConsole }, { interruptible }, { surroundings }, find, show] = await Promise.all([
    import('../../show/console.ts'),
    import('../../run/interrupt.ts'),
    import('../../surroundings.ts'),
    import('../../../operations/release/find-service.ts'),
    import('../../show/print-rollout.ts'),
  ]);
  const console: Console = createConsole({ json });
  return { console, interruptible, surroundings: surroundings(), findService: find.findService, ...show };
};
