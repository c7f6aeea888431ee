import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { readText } from '../world/files.ts';
import type { NamedBy } from './given/named-images.ts';

/** What `python/list_images.py` says of a folder, beside the table of its images that it writes. */
export const imageListing = z.object({
  images: z.number(),
  unreadable: z.array(z.object({ file: z.string(), problem: z.string() })),
  bytes: z.number(),
});
export type ImageListing = z.infer<typeof imageListing> & { table: string };

/** Where the class of an image stands: in the folder that holds it, in a table, or in its own name. */
export type ImageClasses = 'sorted' | 'all' | NamedBy;

/** Families that read a folder of images, each in the folder of its class or of the person on it. */
export const readsImages = (task: string): boolean => task === 'image_classification' || task === 'face_verification';

/** More than this stays where it is, and the project refers to it. */
const copiedUpToBytes = 300e6;

/** Where the project finds its images: copies of its own in `data/images`, or the given folder where they are many. Those of an archive have no other place. */
export const placeImages = async (
  root: string,
  { folder, shown }: { folder: string; shown?: string },
  { table, bytes }: ImageListing,
): Promise<void> => {
  const own = path.join(root, 'data/images');
  await rm(own, { recursive: true, force: true });
  if (bytes > copiedUpToBytes && shown === undefined) return;
  const made = new Set<string>();
  for (const name of imagesOf(table)) {
    const target = path.join(own, name);
    const parent = path.dirname(target);
    if (!made.has(parent)) await mkdir(parent, { recursive: true });
    made.add(parent);
    await copyFile(path.join(folder, name), target);
  }
};

/** `data.images` of the project's configuration. */
export const imageFolder = (root: string, given: string): string =>
  existsSync(path.join(root, 'data/images')) ? 'data/images' : given;

/** First fields of a table that our own program wrote; a name with a comma or a quote is quoted. */
const imagesOf = (table: string): string[] => {
  const [, ...lines] = readText(table).trimEnd().split('\n');
  return lines.map((line) => {
    const quoted = /^"((?:[^"]|"")*)"/.exec(line);
    return quoted ? quoted[1]!.replaceAll('""', '"') : line.slice(0, line.indexOf(','));
  });
};
