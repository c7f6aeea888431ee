import { existsSync, watch } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { journalOf } from '../project.ts';

const entry = z.object({
  seq: z.number(),
  time: z.string(),
  kind: z.string(),
  data: z.record(z.string(), z.unknown()),
});
export type JournalEvent = z.infer<typeof entry>;

/** A change may be noticed late where the file system does not tell of it. */
const lookAgainMs = 500;
const chunkBytes = 256 * 1024;

/**
 * The entries of a project's journal behind `after`, then each new one as it is written, until the signal. Whoever
 * comes back with the number of the last entry it has seen misses none.
 */
export async function* eventsOf(
  root: string,
  { after, signal }: { after: number; signal: AbortSignal },
): AsyncGenerator<JournalEvent> {
  const file = journalOf(root);
  const bell = createBell(path.dirname(file), signal);
  let position = 0;
  let rest = Buffer.alloc(0);
  try {
    while (!signal.aborted) {
      const bytes = existsSync(file) ? await readFrom(file, position) : Buffer.alloc(0);
      position += bytes.length;
      rest = Buffer.concat([rest, bytes]);
      const end = rest.lastIndexOf(0x0a) + 1;
      for (const line of rest.subarray(0, end).toString('utf8').split('\n')) {
        if (line === '') continue;
        const parsed = entry.parse(JSON.parse(line));
        if (parsed.seq > after) yield parsed;
      }
      rest = rest.subarray(end);
      if (bytes.length < chunkBytes) await bell.rung();
    }
  } finally {
    bell.close();
  }
}

const readFrom = async (file: string, position: number): Promise<Buffer> => {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(chunkBytes), 0, chunkBytes, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
};

const createBell = (folder: string, signal: AbortSignal) => {
  let ring: () => void = () => undefined;
  const watcher = watch(folder, () => ring());
  // Without notices of the file system the clock alone wakes.
  watcher.on('error', () => watcher.close());
  const onAbort = () => ring();
  signal.addEventListener('abort', onAbort);
  return {
    rung: () =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, lookAgainMs);
        ring = () => {
          clearTimeout(timer);
          resolve();
        };
        if (signal.aborted) ring();
      }),
    close: () => {
      watcher.close();
      signal.removeEventListener('abort', onAbort);
    },
  };
};
