import type { Message } from '../analysis.ts';
import type { Database } from './database.ts';

/** Limits of seed and contract: sessions that are kept, seconds without use, messages of each. */
export const sessionLimits = { sessions: 1000, seconds: 3600, messages: 10 } as const;

/** What was said in a session. */
export type Sessions = {
  history(id: string, now: Date): Promise<Message[]>;
  add(id: string, messages: Message[], now: Date): Promise<void>;
};

export const createSessions = (
  database: Database,
  limits: { sessions: number; seconds: number; messages: number } = sessionLimits,
): Sessions => ({
  history: async (id, now) => {
    const since = now.getTime() - limits.seconds * 1000;
    const rows = await database
      .selectFrom('messages')
      .innerJoin('sessions', 'sessions.id', 'messages.session_id')
      .select(['messages.role', 'messages.content'])
      .where('messages.session_id', '=', id)
      .where('sessions.used_at', '>', since)
      .orderBy('messages.position', 'desc')
      .limit(limits.messages)
      .execute();
    return rows.reverse().map(({ role, content }) => ({ role: role === 'user' ? 'user' : 'assistant', content }));
  },
  add: (id, messages, now) =>
    database.transaction().execute(async (within) => {
      const time = now.getTime();
      await forget(within, time - limits.seconds * 1000, limits.sessions);
      await within
        .insertInto('sessions')
        .values({ id, used_at: time })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ used_at: time }))
        .execute();
      const last = await within
        .selectFrom('messages')
        .select(({ fn }) => fn.max('position').as('position'))
        .where('session_id', '=', id)
        .executeTakeFirst();
      const first = Number(last?.position ?? 0) + 1;
      await within
        .insertInto('messages')
        .values(messages.map((message, index) => ({ session_id: id, position: first + index, ...message })))
        .execute();
      await within
        .deleteFrom('messages')
        .where('session_id', '=', id)
        .where('position', '<=', first + messages.length - 1 - limits.messages)
        .execute();
    }),
});

/** Sessions that nobody used for too long, and the oldest beyond what is kept. */
const forget = async (database: Database, since: number, most: number): Promise<void> => {
  const beyond = await database
    .selectFrom('sessions')
    .select('id')
    .orderBy('used_at', 'desc')
    .offset(most - 1)
    .limit(1_000_000)
    .execute();
  const old = await database.selectFrom('sessions').select('id').where('used_at', '<=', since).execute();
  const ids = [...new Set([...beyond, ...old].map(({ id }) => id))];
  if (ids.length === 0) return;
  await database.deleteFrom('messages').where('session_id', 'in', ids).execute();
  await database.deleteFrom('sessions').where('id', 'in', ids).execute();
};
