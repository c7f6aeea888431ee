import { type Command, InvalidArgumentError, Option } from 'commander';

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
    .addOption(new Option('--target <target>', 'where the service runs').choices(['process', 'docker']))
    .addOption(new Option('--device <device>', 'what to train on').choices(['cpu', 'gpu']))
    .addOption(
      new Option('--framework <framework>', 'what trains networks; otherwise what the brief names, or torch').choices([
        'torch',
        'paddle',
        'both',
      ]),
    )
    .addOption(new Option('--budget <minutes>', 'longest time for the full training').argParser(minutes))
    .option('--until <stage>', 'stop after this stage, such as 2.4')
    .option('--keep-running', 'leave the service up after the command has ended')
    .option('--json', 'print the result as one JSON object, in the last line of standard output');

export type SharedFlags = {
  data?: string;
  lang?: 'zh' | 'en';
  answers?: string;
  yes?: boolean;
  target?: 'process' | 'docker';
  device?: 'cpu' | 'gpu';
  budget?: number;
  framework?: 'torch' | 'paddle' | 'both';
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
