import { existsSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import { AppError } from '../errors.ts';
import { readText } from '../world/files.ts';
import { parseDocumentText, renderDocument } from './front-matter.ts';

export type Language = 'zh' | 'en';

/** A Markdown artifact: its front matter is the data, the prose is rendered from it and never read back. */
export type ArtifactDocument<Data> = {
  file: string;
  schema: z.ZodType<Data>;
  body(data: Data, language: Language): string;
};

export const renderArtifact = <Data>(document: ArtifactDocument<Data>, data: Data, language: Language): string =>
  renderDocument(document.schema.parse(data), document.body(data, language));

export const readArtifact = <Data>(root: string, document: ArtifactDocument<Data>): Data => {
  const file = path.join(root, document.file);
  if (!existsSync(file)) {
    throw new AppError('artifact.invalid', `${document.file} is missing`, {
      hint: 'Run `specwright resume`: the stage that writes it runs again.',
    });
  }
  return parseDocumentText(readText(file), document.schema, { file: document.file }).data;
};

/** The artifact, or null where no stage has written it yet. */
export const readIfPresent = <Data>(root: string, document: ArtifactDocument<Data>): Data | null =>
  existsSync(path.join(root, document.file)) ? readArtifact(root, document) : null;

/** Picks the sentence of the artifact's language. */
export const inLanguage =
  (language: Language) =>
  (zh: string, en: string): string =>
    language === 'zh' ? zh : en;
