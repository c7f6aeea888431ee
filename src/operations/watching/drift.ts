import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { AppError, messageOf } from '../../errors.ts';
import { findDrift } from '../../monitor/drift/find-drift.ts';
import type { DriftReport } from '../../monitor/drift/finding.ts';
import { driftReference } from '../../monitor/drift/reference.ts';
import { type WindowRow, windowRow } from '../../monitor/drift/window.ts';
import type { ServiceHome } from '../../rollout/release/open-service.ts';
import { readJson } from '../../world/files.ts';
import { openProject } from '../project.ts';
import { findService, type Where } from '../release/find-service.ts';
import { openProposal } from './proposals.ts';
import { readRows } from './read-rows.ts';

export type Drift = DriftReport & { service: string; window: string; proposal: string | null };
type Asked = Where & { window?: string | undefined; labels?: string | undefined };

/** Where a service with CAPTURE_FILE records what it was asked, below the project. */
const captured = '.specwright/capture/requests.jsonl';

/** A window of production against the spec; what was found opens a proposal beside the project's requirements. */
export const driftOf = async (asked: Asked, now: Date): Promise<Drift> => {
  const home = findService(asked);
  const window = asked.window ?? path.join(path.dirname(path.dirname(home.file)), captured);
  if (!existsSync(window)) {
    throw new AppError('input.invalid', `There is no window of requests ${window}`, {
      hint: 'Give one with --window (JSON lines or CSV), or let the service record one: CAPTURE_FILE.',
    });
  }
  const rows = withTruth(await windowRows(window), asked.labels === undefined ? null : await truths(asked.labels));
  const report = findDrift(home.spec, referenceOf(home), rows);
  const isProject = asked.spec === undefined;
  const root = path.resolve(asked.project ?? '.');
  const proposal = isProject
    ? await openProposal(root, report, { now, language: openProject(root).project.settings.language })
    : null;
  return { service: home.spec.name, window, ...report, proposal };
};

const referenceOf = ({ spec, file }: ServiceHome) => {
  const given = spec.reference;
  if (given === undefined) {
    throw new AppError('input.invalid', `${file} names no reference`, {
      hint: 'Set `reference` to a description of the training rows, as models/current/reference.json is.',
    });
  }
  const place = path.resolve(path.dirname(file), given);
  try {
    return driftReference.parse(readJson(place));
  } catch (cause) {
    throw new AppError('artifact.invalid', `${place} is no reference: ${messageOf(cause)}`, { cause });
  }
};

const parsedRow = (value: unknown, place: string): WindowRow => {
  const parsed = windowRow.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AppError('input.invalid', `${place}: ${z.prettifyError(parsed.error)}`, {
    hint: 'A line is {"input": {…}, "prediction": …, "truth": …, "status": …, "ms": …}; all but input may be left out.',
  });
};

const windowRows = async (file: string): Promise<WindowRow[]> =>
  (await readRows(file)).map((row, index) => parsedRow('input' in row ? row : fromTable(row), `${file}:${index + 1}`));

/** Columns of a CSV that are no inputs; everything else is one. */
const own = ['id', 'prediction', 'truth', 'status', 'ms'] as const;

const fromTable = (row: Record<string, unknown>): unknown => {
  const text = (name: string) => (row[name] === '' || row[name] == null ? undefined : row[name]);
  const number = (name: string) => (text(name) === undefined ? undefined : Number(row[name]));
  const input = Object.fromEntries(Object.entries(row).filter(([name]) => !(own as readonly string[]).includes(name)));
  return {
    id: text('id'),
    input,
    prediction: text('prediction'),
    truth: text('truth'),
    status: number('status'),
    ms: number('ms'),
  };
};

/** Truths that came later, by the request's id, or by its place where no row has an id. */
const truths = async (file: string): Promise<Map<string, string | number>> => {
  const rows = await readRows(file);
  const entry = z.object({
    id: z.union([z.string(), z.number()]).optional(),
    truth: z.union([z.string(), z.number()]),
  });
  return new Map(
    rows.map((row, index) => {
      const parsed = entry.safeParse(row);
      if (!parsed.success)
        throw new AppError('input.invalid', `${file}:${index + 1}: ${z.prettifyError(parsed.error)}`, {
          hint: 'Each row has `truth`, and the `id` of its request.',
        });
      return [String(parsed.data.id ?? index), parsed.data.truth];
    }),
  );
};

const withTruth = (rows: WindowRow[], known: Map<string, string | number> | null): WindowRow[] =>
  known === null
    ? rows
    : rows.map((row, index) => ({ ...row, truth: known.get(row.id ?? String(index)) ?? row.truth }));
