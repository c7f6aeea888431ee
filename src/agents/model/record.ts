import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { LanguageModelV4CallOptions, LanguageModelV4GenerateResult } from '@ai-sdk/provider';
import canonicalize from 'canonicalize';
import { AppError } from '../../errors.ts';
import { sha256, writeAtomically } from '../../world/files.ts';

export type RecordedCall = { model: string; request: string; answer: LanguageModelV4GenerateResult };

/**
 * The calls of a project on disk, a file each, named by the hash of what was asked. The same question asked again is
 * another file: a model may answer it otherwise.
 */
export type Recorder = {
  key(model: string, request: LanguageModelV4CallOptions): string;
  save(
    key: string,
    call: { model: string; request: LanguageModelV4CallOptions; answer: LanguageModelV4GenerateResult },
  ): Promise<string>;
  load(key: string): LanguageModelV4GenerateResult;
};

export const createRecorder = (folder: string): Recorder => {
  const asked = new Map<string, number>();
  const fileOf = (key: string, time: number) => path.join(folder, `${key}${time === 0 ? '' : `-${time}`}.json`);
  const next = (key: string): number => {
    const time = asked.get(key) ?? 0;
    asked.set(key, time + 1);
    return time;
  };
  return {
    key: (model, request) => sha256(canonicalize({ model, request: visible(request) })!),
    save: async (key, { model, request, answer }) => {
      mkdirSync(folder, { recursive: true });
      const text = canonicalize({ model, request: visible(request), answer: withoutTransport(answer) })!;
      await writeAtomically(fileOf(key, next(key)), `${text}\n`);
      return sha256(text);
    },
    load: (key) => {
      const file = fileOf(key, next(key));
      if (!existsSync(file)) {
        throw new AppError('input.invalid', `No recorded answer to this call of the model: ${file} is missing`, {
          hint: 'The project, the role files or the data differ from those of the recorded run; run it without --replay.',
        });
      }
      const { answer } = JSON.parse(readFileSync(file, 'utf8')) as { answer: LanguageModelV4GenerateResult };
      return answer;
    },
  };
};

/** What the model sees, without what only this process knows. Bytes and signals do not survive JSON. */
const visible = (request: LanguageModelV4CallOptions): unknown => {
  const { abortSignal: _, headers: __, ...rest } = request;
  return JSON.parse(JSON.stringify(rest));
};

/** Headers and bodies of the transport hold dates, and what a provider tells about the account. */
const withoutTransport = (answer: LanguageModelV4GenerateResult): unknown => {
  const { request: _, response, ...rest } = answer;
  const { id, modelId } = response ?? {};
  return JSON.parse(JSON.stringify({ ...rest, response: { id, modelId } }));
};
