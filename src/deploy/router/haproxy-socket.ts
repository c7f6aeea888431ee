import { connect } from 'node:net';
import { AppError } from '../../errors.ts';

const limitMs = 5000;

/** Sends commands to HAProxy's runtime socket; the answers as one text. */
export const askHaproxy = (socket: string, commands: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const connection = connect(socket);
    let text = '';
    const fail = (cause?: Error) =>
      reject(
        new AppError('tool.failed', `HAProxy does not answer on its runtime socket ${socket}`, {
          cause,
          hint: 'Traffic goes on as it was. Repeat the command: it takes over from a router that cannot be spoken to.',
        }),
      );
    connection.setTimeout(limitMs, () => connection.destroy(new Error('no answer')));
    connection.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    connection.on('error', fail);
    connection.on('close', () => resolve(text));
    connection.end(`${commands.join(';')}\n`);
  });

/** What a command says when it was refused; nothing is printed by one that was done. */
export const refusalIn = (answer: string): string | null =>
  answer
    .split('\n')
    .map((line) => line.trim())
    .find((line) => /unknown|no such|not found|require|invalid|fail|error|can't/i.test(line)) ?? null;

/** A column of `show stat` for each server of the backend. */
export const statOf = (csv: string, column: string): Map<string, number> => {
  const [head, ...rows] = csv
    .split('\n')
    .map((line) => line.replace(/^# /, '').trim().split(','))
    .filter((cells) => cells.length > 10);
  const at = head?.indexOf(column) ?? -1;
  return new Map(rows.map((cells) => [cells[1] ?? '', Number(cells[at] ?? 0) || 0]));
};
