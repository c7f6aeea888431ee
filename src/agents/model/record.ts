import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { LanguageModelV4CallOptions, LanguageModelV4GenerateResult } from '@ai-sdk/provider';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { readJson, sha256, writeAtomically } from '../../world/files.ts';

/** Which call of a run: the stage, the role, the how-manieth task of that role there, and the call in that task. */
export type Slot = { stage: string; role: string; task: number; call: number };

const transcript = z.object({
  /** The stage ended with a question to a person: it goes on from here once that is answered. */
  waiting: z.boolean(),
  calls: z.array(
    z.object({
      role: z.string(),
      task: z.number(),
      call: z.number(),
      request: z.string(),
      /** Hash of what the task began with; the rest of a request holds what tools showed. */
      opening: z.string(),
      file: z.string(),
    }),
  ),
});
type Transcript = z.infer<typeof transcript>;

export type Recorded = { request: string; opening: string; answer: LanguageModelV4GenerateResult };

/**
 * The calls of a project on disk: a file each, named by the hash of what was asked, and a transcript a stage, which says
 * what was asked there last in which order. A request that holds what was measured, such as a duration, has another hash
 * each time; by the transcript its answer is found nevertheless.
 */
export type Recorder = {
  key(model: string, request: LanguageModelV4CallOptions): string;
  opening(request: LanguageModelV4CallOptions): string;
  save(
    slot: Slot,
    call: { key: string; model: string; request: LanguageModelV4CallOptions; answer: LanguageModelV4GenerateResult },
  ): Promise<string>;
  /** The recorded call in this place; `waiting`: only where the stage stopped for a question. */
  find(slot: Slot, only?: { waiting: boolean }): Recorded | null;
  /** The stage stops for a question. */
  wait(stage: string): Promise<void>;
};

export const createRecorder = (folder: string): Recorder => {
  const fileOf = (stage: string) => path.join(folder, 'transcripts', `${stage}.json`);
  const before = new Map<string, Transcript | null>();
  const now = new Map<string, Transcript>();
  const earlier = (stage: string): Transcript | null => {
    if (!before.has(stage)) before.set(stage, readTranscript(fileOf(stage)));
    return before.get(stage) ?? null;
  };
  const current = (stage: string): Transcript => {
    earlier(stage);
    const open = now.get(stage) ?? { waiting: false, calls: [] };
    now.set(stage, open);
    return open;
  };
  const put = (stage: string) => writeAtomically(fileOf(stage), `${JSON.stringify(current(stage), null, 1)}\n`);
  return {
    key: (model, request) => sha256(canonicalize({ model, request: visible(request) })!),
    opening: openingOf,
    save: async ({ stage, ...place }, { key, model, request, answer }) => {
      mkdirSync(folder, { recursive: true });
      const text = canonicalize({ model, request: visible(request), answer: withoutTransport(answer) })!;
      const file = freeName(folder, key, `${text}\n`);
      await writeAtomically(path.join(folder, file), `${text}\n`);
      current(stage).calls.push({ ...place, request: key, opening: openingOf(request), file });
      await put(stage);
      return sha256(text);
    },
    find: ({ stage, role, task, call }, only) => {
      const recorded = earlier(stage);
      if (recorded === null || (only?.waiting && !recorded.waiting)) return null;
      const found = recorded.calls.find((one) => one.role === role && one.task === task && one.call === call);
      if (!found) return null;
      const { answer } = readJson(path.join(folder, found.file)) as { answer: LanguageModelV4GenerateResult };
      return { request: found.request, opening: found.opening, answer };
    },
    wait: async (stage) => {
      current(stage).waiting = true;
      await put(stage);
    },
  };
};

/** The role and the task with its inputs. */
const openingOf = ({ prompt }: LanguageModelV4CallOptions): string =>
  sha256(canonicalize(JSON.parse(JSON.stringify(prompt.slice(0, 2))))!);

const readTranscript = (file: string): Transcript | null => {
  if (!existsSync(file)) return null;
  const parsed = transcript.safeParse(readJson(file));
  if (parsed.success) return parsed.data;
  throw new AppError('artifact.invalid', `${file} is no transcript of calls`, {
    hint: 'It was changed by hand; bring it back, or run without --replay after removing it.',
  });
};

/** The same question asked again is another file where a model answered it otherwise. */
const freeName = (folder: string, key: string, text: string): string => {
  for (let time = 0; ; time++) {
    const name = `${key}${time === 0 ? '' : `-${time}`}.json`;
    const file = path.join(folder, name);
    if (!existsSync(file) || readFileSync(file, 'utf8') === text) return name;
  }
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
