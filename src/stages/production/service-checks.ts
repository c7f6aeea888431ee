import { z } from 'zod';
import type { DeployReport } from '../../artifacts/documents/deploy-report.ts';
import { readJson } from '../../world/files.ts';
import type { StageContext } from '../context.ts';
import type { Family } from '../templates.ts';

type Check = DeployReport['checks'][number];

const samplesFile = z.array(z.object({ input: z.unknown(), output: z.record(z.string(), z.unknown()) })).min(1);
export type Sample = z.infer<typeof samplesFile>[number];

/** Inputs as the service takes them, with the outputs that the training side gave for them. */
export const readSamples = (context: StageContext): Sample[] =>
  samplesFile.parse(readJson(context.at('models/current/samples.json')));

const limitMs = 10_000;

const ask = async (url: string, init?: RequestInit): Promise<{ status: number; text: string }> => {
  try {
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(limitMs) });
    return { status: answer.status, text: await answer.text() };
  } catch (error) {
    return { status: 0, text: error instanceof Error ? error.message : String(error) };
  }
};

export const predict = (url: string, inputs: unknown): Promise<{ status: number; text: string }> =>
  ask(`${url}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ inputs }),
  });

/** Every endpoint that the contract names, by request; what it should say and what it said. */
export const checkEndpoints = async (
  url: string,
  version: string,
  { wrong_input, wrong_named }: Pick<Family, 'wrong_input' | 'wrong_named'>,
): Promise<Check[]> => {
  const [health, ready, docs, openapi, metrics, info, wrong, huge] = await Promise.all([
    ask(`${url}/health`),
    ask(`${url}/ready`),
    ask(`${url}/docs`),
    ask(`${url}/openapi.json`),
    ask(`${url}/metrics`),
    ask(`${url}/model/info`),
    predict(url, [wrong_input]),
    predict(url, 'not a list'),
  ]);
  const status = (what: string, found: { status: number }, expected = 200): Check => ({
    what,
    expected: String(expected),
    found: String(found.status),
    passed: found.status === expected,
  });
  const holds = (what: string, expected: string, passed: boolean, found: string): Check => ({
    what,
    expected,
    found: passed ? expected : found.slice(0, 200),
    passed,
  });
  return [
    status('GET /health', health),
    status('GET /ready', ready),
    status('GET /docs', docs),
    holds(
      'GET /docs',
      'renders without internet',
      !/(src|href)=["'](https?:)?\/\//i.test(docs.text),
      'loads from elsewhere',
    ),
    status('GET /openapi.json', openapi),
    holds('GET /openapi.json', 'describes /predict', openapi.text.includes('"/predict"'), openapi.text),
    status('GET /metrics', metrics),
    holds('GET /model/info', `version ${version}`, info.status === 200 && info.text.includes(version), info.text),
    status('POST /predict, wrong input', wrong, 422),
    holds('POST /predict, wrong input', `names ${wrong_named}`, wrong.text.includes(wrong_named), wrong.text),
    status('POST /predict, no list', huge, 422),
  ];
};

const answers = z.object({ outputs: z.array(z.record(z.string(), z.unknown())) });
/** ONNX Runtime and the training framework round differently; labels must agree, numbers within this. */
const tolerance = 1e-3;

/** Characters of one request: far below what the service takes, however wide a row or an image is. */
const requestSize = 200_000;

/** Real predictions for the samples, held against what the training side predicted for the same rows. */
export const smokeTest = async (url: string, samples: Sample[]): Promise<DeployReport['smoke']> => {
  const differences: number[] = [];
  const scale = largestNumber(samples.map(({ output }) => output));
  for (const part of inRequests(samples)) {
    const answer = await predict(
      url,
      part.map(({ input }) => input),
    );
    const outputs = answer.status === 200 ? answers.parse(JSON.parse(answer.text)).outputs : [];
    differences.push(...part.map(({ output }, index) => difference(output, outputs[index], scale)));
  }
  return {
    requests: samples.length,
    wrong: differences.filter((one) => one > tolerance).length,
    largest_difference: Math.min(Number.MAX_VALUE, Math.max(...differences)),
  };
};

/** As many samples together as one request holds, and at least one. */
export const inRequests = (samples: Sample[]): Sample[][] => {
  const parts: Sample[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const sample of samples) {
    const own = JSON.stringify(sample.input).length;
    if (size + own > requestSize) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)!.push(sample);
    size += own;
  }
  return parts;
};

/** Of small numbers among large ones the last digits are others: a hundredth of the largest counts as their size. */
const difference = (expected: unknown, found: unknown, scale: number): number => {
  if (typeof expected === 'number' && typeof found === 'number')
    return Math.abs(expected - found) / Math.max(1, Math.abs(expected), scale / 100);
  if (Array.isArray(expected) && Array.isArray(found))
    return Math.max(0, ...expected.map((one, index) => difference(one, found[index], scale)));
  if (isRecord(expected) && isRecord(found))
    return Math.max(0, ...Object.entries(expected).map(([key, one]) => difference(one, found[key], scale)));
  return expected === found ? 0 : Number.POSITIVE_INFINITY;
};

const largestNumber = (value: unknown): number => {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.abs(value) : 0;
  const parts = Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : [];
  return Math.max(0, ...parts.map(largestNumber));
};

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
