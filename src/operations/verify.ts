import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { artifactFiles, hashOf } from '../artifacts/catalog.ts';
import { readArtifact } from '../artifacts/document.ts';
import { guidanceDocument } from '../artifacts/documents/guidance.ts';
import type { Rules } from '../artifacts/rules/rules.ts';
import { AppError, messageOf } from '../errors.ts';
import { loadEvidence } from '../pipeline/blobs.ts';
import { type Entry, readJournal } from '../pipeline/journal.ts';
import { type VerdictRecord, verdictRecord } from '../pipeline/state.ts';
import { reasonsOf } from '../pipeline/verdict.ts';
import { order } from '../stages/order.ts';
import { sha256File } from '../world/files.ts';
import { lastLines } from '../world/processes.ts';
import type { World } from '../world/world.ts';
import { journalOf, openProject } from './project.ts';
import { projectPython } from './project-python.ts';

export type Check = { what: string; ok: boolean; detail: string };

const evaluationSeconds = 300;

/** Recomputes what can be recomputed: the chain, every gate, every recorded file, and the checkpoint's predictions. */
export const verifyProject = async (world: World, given: string): Promise<{ root: string; checks: Check[] }> => {
  const { root } = openProject(given);
  const chain = checkChain(journalOf(root));
  if (!chain.entries) return { root, checks: [chain.check] };
  const records = verdictsOf(chain.entries);
  const current = [...new Map(records.map((record) => [record.stage, record])).values()];
  const latest = records.filter((record) => current.includes(record));
  return {
    root,
    checks: [
      chain.check,
      ...(await Promise.all(latest.map((record) => checkGate(root, record)))),
      ...(await checkFiles(root, latest)),
      ...(await checkCheckpoint(world, root, latest)),
    ],
  };
};

const checkChain = (file: string): { check: Check; entries: Entry[] | null } => {
  const what = '.specwright/journal.jsonl';
  try {
    if (!existsSync(file)) throw new AppError('proof.broken', 'the journal is missing');
    const entries = readJournal(file);
    return { entries, check: { what, ok: true, detail: `${entries.length} entries in an unbroken chain` } };
  } catch (error) {
    return { entries: null, check: { what, ok: false, detail: messageOf(error) } };
  }
};

const verdictsOf = (entries: Entry[]): VerdictRecord[] =>
  entries.filter(({ kind }) => kind === 'verdict').map(({ data }) => verdictRecord.parse(data));

/** The gate once more, by the evidence and the rules that were recorded with the verdict that counts. */
const checkGate = async (root: string, record: VerdictRecord): Promise<Check> => {
  const what = `${record.stage} gate`;
  const stage = order.find(({ id }) => id === record.stage);
  if (!stage) return { what, ok: false, detail: 'there is no such stage' };
  try {
    const evidence = await loadEvidence(root, record.evidence);
    const rules = (await loadEvidence(root, record.rules)) as Rules;
    const again = stage.gate(evidence, rules);
    const same = again.passed === record.passed && hashOf(reasonsOf(again)) === hashOf(record.reasons);
    const told = (passed: boolean) => (passed ? 'passed' : 'refused');
    return {
      what,
      ok: same,
      detail: same
        ? told(record.passed)
        : `recorded as ${told(record.passed)}, the evidence says ${told(again.passed)}`,
    };
  } catch (error) {
    return { what, ok: false, detail: messageOf(error) };
  }
};

/** Every file of the latest verdicts against the hash of the last one that recorded it; and no file beside them. */
const checkFiles = async (root: string, latest: VerdictRecord[]): Promise<Check[]> => {
  const recorded = new Map<string, { hash: string; stage: string }>();
  for (const { stage, files } of latest) {
    for (const [file, hash] of Object.entries(files)) recorded.set(file, { hash, stage });
  }
  const wrong: Check[] = [];
  for (const [file, { hash, stage }] of recorded) {
    const fault = await faultOf(path.join(root, file), hash);
    if (fault) wrong.push({ what: file, ok: false, detail: `${fault} after stage ${stage} had recorded it` });
  }
  for (const { stage } of latest) {
    const produced = order.find(({ id }) => id === stage)?.produces ?? [];
    for (const file of new Set(produced.flatMap((artifact) => artifactFiles(root, artifact)))) {
      if (recorded.has(file)) continue;
      recorded.set(file, { hash: '', stage });
      wrong.push({ what: file, ok: false, detail: `was added after stage ${stage}; no verdict knows it` });
    }
  }
  return wrong.length > 0
    ? wrong
    : [{ what: 'files', ok: true, detail: `${recorded.size} files are as they were recorded` }];
};

const faultOf = async (file: string, hash: string): Promise<string | null> => {
  if (!existsSync(file)) return 'is missing, deleted';
  return (await sha256File(file)) === hash ? null : 'was changed';
};

/** Evaluates the checkpoint on the hold-out again: it must give the recorded predictions, byte for byte. */
const checkCheckpoint = async (world: World, root: string, latest: VerdictRecord[]): Promise<Check[]> => {
  if (!latest.some(({ stage }) => stage === '2.4')) return [];
  const folder = await mkdtemp(path.join(tmpdir(), 'specwright-verify-'));
  let what = 'checkpoint';
  try {
    const { holdout, deployed } = readArtifact(root, guidanceDocument);
    what = `${deployed.run} on data/holdout`;
    const result = await world.run(
      [
        projectPython(root),
        'scripts/eval.py',
        '--config',
        'configs/config.yaml',
        '--checkpoint',
        deployed.run,
        '--data',
        'data/holdout',
        '--output',
        folder,
      ],
      { cwd: root, limitSeconds: evaluationSeconds, env: { OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' } },
    );
    if (result.exitCode !== 0)
      return [{ what, ok: false, detail: `scripts/eval.py ended with ${result.exitCode}: ${lastLines(result, 2)}` }];
    const now = await sha256File(path.join(folder, `${path.basename(deployed.run)}.csv`));
    const ok = now === holdout.predictions_sha256;
    return [
      {
        what,
        ok,
        detail: ok
          ? `gives the recorded predictions (${holdout.rows} rows)`
          : 'gives other predictions than the recorded ones',
      },
    ];
  } catch (error) {
    return [{ what, ok: false, detail: messageOf(error) }];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
