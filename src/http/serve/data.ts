import { createWriteStream, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { Workshop } from '../../operations/headless/workshop.ts';
import type { Allow, Api } from './api.ts';

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'letters, digits, . _ -, at most 100');
const folderOf = ({ folder }: Workshop) => path.join(folder, '.data');

/** Data that were brought here by name. A path of this machine is not for people who are elsewhere. */
export const dataOf = (workshop: Workshop, given: string): string => {
  const file = path.join(folderOf(workshop), name.safeParse(given).data ?? '\u0000');
  if (name.safeParse(given).success && existsSync(file)) return file;
  throw new AppError('input.invalid', `There are no data ${given.slice(0, 100)}`, {
    hint: 'Bring them first: PUT /api/v1/data/NAME with the file as the body.',
  });
};

/** `PUT /data/:name`: a file, streamed to disk and put in place when it is whole. */
export const addData = (
  api: Api,
  { workshop, allow, mostBytes }: { workshop: Workshop; allow: Allow; mostBytes: number },
): void => {
  api.removeAllContentTypeParsers();
  api.addContentTypeParser('*', (_, payload, done) => done(null, payload));
  api.put(
    '/data/:name',
    {
      schema: { summary: 'Brings a table or an archive of images', params: z.object({ name }) },
      preHandler: allow('operator'),
      bodyLimit: mostBytes,
    },
    async ({ params, raw }, reply) => {
      const folder = folderOf(workshop);
      mkdirSync(folder, { recursive: true });
      const target = path.join(folder, params.name);
      const half = `${target}.${crypto.randomUUID()}.half`;
      let bytes = 0;
      const counted = new Transform({
        transform(chunk: Buffer, _, done) {
          bytes += chunk.length;
          done(
            bytes > mostBytes ? new AppError('input.invalid', `The data are larger than ${mostBytes} bytes`) : null,
            chunk,
          );
        },
      });
      try {
        await pipeline(raw, counted, createWriteStream(half));
        renameSync(half, target);
      } finally {
        rmSync(half, { force: true });
      }
      return reply.status(201).send({ name: params.name, bytes });
    },
  );
};
