import { type Command, InvalidArgumentError, Option } from 'commander';
import { type RunSettings, targets } from '../../pipeline/context.ts';

/** The options that `create` and `resume` share. */
export const addRunOptions = (command: Command): Command =>
  command
    .option('--data <path>', 'table (CSV, JSON, Parquet) or folder of images')
    .addOption(
      new Option('--lang <language>', 'language of the artifacts; otherwise the one of the brief').choices([
        'zh',
        'en',
      ]),
    )
    .option('--answers <file>', 'YAML or JSON map from question to answer')
    .option('--yes', 'take the recommended answer to every question')
    .addOption(
      new Option(
        '--target <target>',
        'where the service runs; kubernetes: objects are written, none is applied',
      ).choices([...targets]),
    )
    .addOption(new Option('--device <device>', 'what to train on').choices(['cpu', 'gpu']))
    .addOption(
      new Option('--framework <framework>', 'what trains networks; otherwise what the brief names, or torch').choices([
        'torch',
        'paddle',
        'both',
      ]),
    )
    .addOption(new Option('--budget <minutes>', 'longest time for the full training').argParser(minutes))
    .addOption(
      new Option(
        '--agent <choice>',
        'who works in the roles: embedded, PROVIDER:MODEL or "command:PROGRAM …"; ROLE=… for one role; may be repeated',
      ).argParser(collect),
    )
    .addOption(
      new Option(
        '--agent-budget <limits>',
        'what agents may spend in a run, such as usd=2,tokens=500000,minutes=20',
      ).argParser(agentBudget),
    )
    .addOption(
      new Option(
        '--replay [how]',
        'take the recorded answers of models and reach none; strict: only where the same is asked to the byte',
      )
        .choices(['near', 'strict'])
        .preset('near'),
    )
    .option('--until <stage>', 'stop after this stage, such as 2.4')
    .option('--keep-running', 'leave the service up after the command has ended')
    .option('--json', 'print the result as one JSON object, in the last line of standard output');

export type SharedFlags = {
  data?: string;
  lang?: 'zh' | 'en';
  answers?: string;
  yes?: boolean;
  target?: RunSettings['target'];
  device?: 'cpu' | 'gpu';
  budget?: number;
  framework?: 'torch' | 'paddle' | 'both';
  agent?: string[];
  agentBudget?: RunSettings['agentBudget'];
  replay?: 'near' | 'strict';
  until?: string;
  keepRunning?: boolean;
  json?: boolean;
};

const minutes = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError('Give a number of minutes above 0.');
  return value;
};

const collect = (value: string, before: string[] = []): string[] => [...before, value];

const limits = ['usd', 'tokens', 'calls', 'minutes'] as const;

const agentBudget = (text: string): RunSettings['agentBudget'] =>
  Object.fromEntries(
    text.split(',').map((part) => {
      const [name, value] = part.split('=').map((one) => one.trim());
      const known = limits.find((one) => one === name);
      if (!known || !(Number(value) > 0))
        throw new InvalidArgumentError(`Give ${limits.join('=…, ')}=… with numbers above 0.`);
      return [known, Number(value)];
    }),
  );
