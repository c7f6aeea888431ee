import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { embeddedAnalyst } from '../../src/ceoagent/embedded/analyst.ts';
import { createAnalyses, type NewAnalysis } from '../../src/ceoagent/storage/analyses.ts';
import { type Database, openDatabase } from '../../src/ceoagent/storage/database.ts';
import { createSessions } from '../../src/ceoagent/storage/sessions.ts';
import { emptyFolder } from './command-line.ts';

/** Debian's PostgreSQL; where it is not installed its half says that it was skipped. */
const binaries = existsSync('/usr/lib/postgresql')
  ? readdirSync('/usr/lib/postgresql')
      .map((version) => `/usr/lib/postgresql/${version}/bin`)
      .find((folder) => existsSync(path.join(folder, 'initdb')))
  : undefined;
let postgres: ReturnType<typeof spawn> | undefined;
let url = '';

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

beforeAll(async () => {
  if (!binaries) return;
  const folder = emptyFolder();
  chmodSync(folder, 0o777);
  const port = await freePort();
  // PostgreSQL refuses to run as root.
  const asUser = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : [];
  const argv = (program: string, ...rest: string[]): [string, string[]] => {
    const [first, ...others] = [...asUser, path.join(binaries, program), '-D', path.join(folder, 'db'), ...rest];
    return [first!, others];
  };
  execFileSync(...argv('initdb', '-A', 'trust', '-U', 'test', '--no-sync'), { stdio: 'ignore' });
  postgres = spawn(...argv('postgres', '-p', String(port), '-k', folder, '-h', '127.0.0.1'), { stdio: 'ignore' });
  url = `postgres://test@127.0.0.1:${port}/postgres`;
  for (let tries = 0; tries < 100; tries++) {
    const opened = await openDatabase({ url, folder }).catch(() => null);
    if (opened) return void (await opened.destroy());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('PostgreSQL did not start');
}, 60_000);
afterAll(() => void postgres?.kill('SIGINT'));

const analysis = async (query: string): Promise<NewAnalysis> => ({
  ...(await embeddedAnalyst(() => 'v1')({ query, context: {}, history: [] }, new AbortController().signal)),
  sessionId: null,
  query,
  context: { a: [1, { b: '“中文”' }] },
  milliseconds: 1.5,
});

describe.each(['SQLite', 'PostgreSQL'] as const)('storage on %s', (kind) => {
  test.skipIf(kind === 'PostgreSQL' && !binaries).each<[string, (database: Database) => Promise<void>]>([
    [
      'keeps analyses as they were, the latest first, and takes feedback once there is one',
      async (database) => {
        const analyses = createAnalyses(database);
        const ids: string[] = [];
        for (const [index, query] of [
          "Buy for $1 million, earning $300k a year? '; DROP TABLE analyses; --",
          '要不要扩张？',
        ].entries())
          ids.push(await analyses.save(await analysis(query), new Date(1_800_000_000_000 + index)));
        const { total, items } = await analyses.list({ limit: 10, offset: 0 });
        expect([total, items.map(({ analysis_id }) => analysis_id)]).toEqual([2, ids.toReversed()]);
        expect(items[0]).toMatchObject({
          query: '要不要扩张？',
          context: { a: [1, { b: '“中文”' }] },
          created_at: '2027-01-15T08:00:00.001Z',
          feedback: null,
          execution_time_ms: 1.5,
        });
        expect(await analyses.rate(ids[0]!, { rating: 5, comment: null })).toBe(true);
        expect(await analyses.rate('nobody', { rating: 5, comment: null })).toBe(false);
        expect((await analyses.find(ids[0]!))?.feedback).toEqual({ rating: 5, comment: null });
        expect(await analyses.find('nobody')).toBeNull();
        expect((await analyses.list({ limit: 1, offset: 1 })).items.length).toBe(1);
      },
    ],
    [
      'remembers the last messages of a session, forgets old sessions and the oldest beyond the limit',
      async (database) => {
        const sessions = createSessions(database, { sessions: 3, seconds: 60, messages: 4 });
        const at = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1000);
        for (let index = 0; index < 4; index++)
          await sessions.add(
            'a',
            [
              { role: 'user', content: `q${index}` },
              { role: 'assistant', content: `a${index}` },
            ],
            at(index),
          );
        expect((await sessions.history('a', at(4))).map(({ content }) => content)).toEqual(['q2', 'a2', 'q3', 'a3']);
        expect(await sessions.history('a', at(64))).toEqual([]);
        for (const [index, id] of ['b', 'c', 'd'].entries())
          await sessions.add(id, [{ role: 'user', content: id }], at(10 + index));
        expect(await sessions.history('a', at(13))).toEqual([]);
        expect((await sessions.history('d', at(13))).length).toBe(1);
        await sessions.add('e', [{ role: 'user', content: 'e' }], at(200));
        expect(await sessions.history('d', at(13))).toEqual([]);
      },
    ],
    [
      'takes many writers at once',
      async (database) => {
        const [analyses, sessions] = [createAnalyses(database), createSessions(database)];
        const one = await analysis('Expand?');
        await Promise.all(
          Array.from({ length: 60 }, async (_, index) => {
            await analyses.save(one, new Date());
            await sessions.add(`s${index}`, [{ role: 'user', content: 'x' }], new Date());
          }),
        );
        expect((await analyses.list({ limit: 1, offset: 0 })).total).toBe(60);
      },
    ],
  ])('%s', async (_, holds) => {
    const database = await openDatabase({ url: kind === 'PostgreSQL' ? url : undefined, folder: emptyFolder() });
    try {
      for (const table of ['analyses', 'sessions', 'messages'] as const) await database.deleteFrom(table).execute();
      await holds(database);
    } finally {
      await database.destroy();
    }
  });
});
