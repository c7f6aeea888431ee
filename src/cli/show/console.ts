import { stripVTControlCharacters, styleText } from 'node:util';

export type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'bold' | 'plain';

/** Where a command prints. With `--json` everything for people goes to stderr, so that stdout ends with the object. */
export type Console = {
  print(text?: string): void;
  /** The one object for programs, as one line. */
  json(value: unknown): void;
  tone(tone: Tone, text: string): string;
  stream: NodeJS.WriteStream;
  /** Somebody sits there who can be asked. */
  interactive: boolean;
  columns: number;
};

const styles = { good: 'green', bad: 'red', warn: 'yellow', dim: 'dim', bold: 'bold' } as const;

export const createConsole = ({ json = false }: { json?: boolean | undefined } = {}): Console => {
  const stream = json ? process.stderr : process.stdout;
  return {
    print: (text = '') => {
      stream.write(`${text}\n`);
    },
    json: (value) => {
      process.stdout.write(`${JSON.stringify(value)}\n`);
    },
    tone: (tone, text) => (tone === 'plain' ? text : styleText(styles[tone], text, { stream })),
    stream,
    interactive: !json && process.stdin.isTTY === true && process.stdout.isTTY === true,
    columns: stream.columns ?? 80,
  };
};

/** Text of others on one line: what could move the cursor or forge a line is taken out. */
export const oneLine = (text: string): string =>
  stripVTControlCharacters(text)
    .replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .trim();
