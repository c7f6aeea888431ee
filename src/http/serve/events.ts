import { once } from 'node:events';
import { z } from 'zod';
import { eventsOf } from '../../operations/headless/events.ts';
import { rootOf, type Workshop } from '../../operations/headless/workshop.ts';
import { openProject } from '../../operations/project.ts';
import type { Allow, Api } from './api.ts';

const heartbeatMs = 15_000;

/** `GET /projects/:project/events`: the journal as server-sent events; `Last-Event-ID` goes on behind an entry. */
export const addEvents = (api: Api, { workshop, allow }: { workshop: Workshop; allow: Allow }): void => {
  api.get(
    '/projects/:project/events',
    {
      schema: {
        summary: "The project's journal as it is written, by server-sent events",
        params: z.object({ project: z.string() }),
      },
      preHandler: allow('viewer'),
    },
    async (request, reply) => {
      const { root } = openProject(rootOf(workshop, request.params.project));
      const last = Number(request.headers['last-event-id'] ?? -1);
      const gone = new AbortController();
      request.raw.once('close', () => gone.abort());
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        connection: 'keep-alive',
      });
      raw.write(': the journal\n\n');
      const heartbeat = setInterval(() => raw.write(':\n\n'), heartbeatMs);
      try {
        for await (const { seq, time, kind, data } of eventsOf(root, {
          after: Number.isInteger(last) ? last : -1,
          signal: gone.signal,
        })) {
          // A slow reader holds its own stream back, nobody else's.
          if (!raw.write(`id: ${seq}\nevent: ${kind}\ndata: ${JSON.stringify({ time, ...data })}\n\n`)) {
            await Promise.race([once(raw, 'drain'), once(gone.signal, 'abort')]);
          }
        }
      } catch (error) {
        request.log.error({ err: error }, 'the events ended');
      } finally {
        clearInterval(heartbeat);
        raw.end();
      }
    },
  );
};
