import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import pg from 'pg';

/** The tables, the same on SQLite and PostgreSQL: texts, numbers, and JSON as text. Times are milliseconds since 1970. */
export type Tables = {
  analyses: {
    id: string;
    session_id: string | null;
    query: string;
    context: string;
    result: string;
    model: string;
    tokens_used: number;
    execution_time_ms: number;
    prompt_version: string;
    created_at: number;
    rating: number | null;
    comment: string | null;
  };
  sessions: { id: string; used_at: number };
  messages: { session_id: string; position: number; role: string; content: string };
};

export type Database = Kysely<Tables>;

/** PostgreSQL where an address is given, else a file of SQLite in the folder. */
export const openDatabase = async ({ url, folder }: { url: string | undefined; folder: string }): Promise<Database> => {
  const database = new Kysely<Tables>({ dialect: url ? postgres(url) : sqlite(folder) });
  await createTables(database);
  return database;
};

const postgres = (url: string) =>
  new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max: 10, connectionTimeoutMillis: 5000 }) });

const sqlite = (folder: string): SqliteDialect => {
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(path.join(folder, 'ceoagent.sqlite'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000');
  return new SqliteDialect({
    database: {
      close: () => database.close(),
      prepare: (text) => {
        const statement = database.prepare(text);
        const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
        return {
          reader: statement.columns().length > 0,
          all: (parameters) => statement.all(...values(parameters)),
          run: (parameters) => statement.run(...values(parameters)),
          iterate: (parameters) => statement.iterate(...values(parameters)),
        };
      },
    },
  });
};

const createTables = async ({ schema }: Database): Promise<void> => {
  await schema
    .createTable('analyses')
    .ifNotExists()
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('session_id', 'text')
    .addColumn('query', 'text', (column) => column.notNull())
    .addColumn('context', 'text', (column) => column.notNull())
    .addColumn('result', 'text', (column) => column.notNull())
    .addColumn('model', 'text', (column) => column.notNull())
    .addColumn('tokens_used', 'integer', (column) => column.notNull())
    .addColumn('execution_time_ms', 'double precision', (column) => column.notNull())
    .addColumn('prompt_version', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('rating', 'integer')
    .addColumn('comment', 'text')
    .execute();
  await schema.createIndex('analyses_by_time').ifNotExists().on('analyses').columns(['created_at', 'id']).execute();
  await schema
    .createTable('sessions')
    .ifNotExists()
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('used_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('messages')
    .ifNotExists()
    .addColumn('session_id', 'text', (column) => column.notNull())
    .addColumn('position', 'bigint', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('content', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('messages_key', ['session_id', 'position'])
    .execute();
};
