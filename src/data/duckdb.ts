import type { DuckDBConnection } from '@duckdb/node-api';
import { AppError, messageOf } from '../errors.ts';

export type Cell = string | number | boolean | null;

export type Database = {
  rows(sql: string): Promise<Cell[][]>;
  run(sql: string): Promise<void>;
  close(): void;
};

/** An embedded database in memory; loaded late, since its native library costs 50 ms. */
export const openDatabase = async (): Promise<Database> => {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  return {
    rows: async (sql) => (await read(connection, sql)).getRowsJson() as Cell[][],
    run: async (sql) => {
      await read(connection, sql);
    },
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
};

const read = async (connection: DuckDBConnection, sql: string) => {
  try {
    return await connection.runAndReadAll(sql);
  } catch (error) {
    const message = firstLines(messageOf(error));
    throw new AppError(/No space left/.test(message) ? 'disk.full' : 'data.unusable', message, { cause: error });
  }
};

const firstLines = (text: string): string => text.split('\n').slice(0, 4).join('\n');

/** Column names come from the user's file: always quoted, whatever they contain. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
