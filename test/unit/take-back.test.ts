import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { renderArtifact } from '../../src/artifacts/document.ts';
import { requirementsDocument } from '../../src/artifacts/documents/requirements-document.ts';
import { technologyDocument } from '../../src/artifacts/documents/technology.ts';
import { AppError } from '../../src/errors.ts';
import { openJournal } from '../../src/pipeline/journal.ts';
import type { StageStatus } from '../../src/pipeline/run-options.ts';
import { takeBackFurther, takenBackEvent } from '../../src/stages/framework/further/take-back.ts';
import { sampleRequirements, sampleTechnology } from './sample-documents.ts';

const files = ['spec/tech.md', 'configs/model/signs.yaml', 'lamps/models/signs.py', 'lamps/models/networks.py'];
const further = {
  model: 'signs',
  summary: 's',
  shuffled: { metric: 'log_loss', model: 0.7, reference: 0.7 },
  module: 'm',
  settings: 's',
};
const choice = { ...sampleTechnology.choice, model: 'signs' };

const project = (chosen: Partial<typeof sampleTechnology> = { further, choice }) => {
  const root = mkdtempSync(path.join(tmpdir(), 'taken-back-'));
  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  };
  write(
    'spec/requirements.md',
    renderArtifact(requirementsDocument, { ...sampleRequirements, project: 'lamps' }, 'en'),
  );
  write('spec/tech.md', renderArtifact(technologyDocument, { ...sampleTechnology, ...chosen }, 'en'));
  for (const file of files.slice(1)) write(file, 'x');
  const journal = openJournal(path.join(root, '.specwright/journal.jsonl'), () => new Date());
  const there = () => files.filter((file) => existsSync(path.join(root, file)));
  const stop = (stage: string, status: StageStatus) =>
    takeBackFurther(root, journal, { stages: new Map([[stage, status]]), questions: [] });
  return { journal, there, stop };
};
const refused = (about: string): StageStatus => ({ status: 'refused', seconds: 1, reasons: [{ about, message: 'm' }] });
const failed = (error: Error): StageStatus => ({ status: 'failed', seconds: 1, error });

test.each<[string, string, StageStatus, boolean]>([
  ['a test of the project fails', '1.3', refused('T4'), true],
  ['predictions differ from the training side', '3.3', refused('POST /predict'), true],
  ['training breaks off', '2.4', failed(new AppError('tool.failed', 'exit code 1')), true],
  ['a demand is not met', '2.4', refused('REQ-005'), false],
  ['a person does not confirm', '3.3', refused('REQ-009'), false],
  ['the budget of a model is used up', '1.4', failed(new AppError('gate.refused', 'used up')), false],
  ['a tool is missing', '3.3', failed(new AppError('tool.missing', 'docker')), false],
  ['the image is not built', '3.2', refused('image'), false],
])('where %s, stage %s', async (_, stage, status, taken) => {
  const { journal, there, stop } = project();
  expect(await stop(stage, status)).toBe(taken);
  expect(journal.entries.filter(({ kind }) => kind === takenBackEvent).length).toBe(taken ? 1 : 0);
  expect(there()).toEqual(taken ? ['lamps/models/networks.py'] : files);
  journal.close();
});

test.each([
  ['none was written', {}],
  ['another was chosen', { further }],
])('nothing is taken back where %s', async (_, chosen) => {
  const { journal, there, stop } = project(chosen);
  expect(await stop('1.3', refused('T4'))).toBe(false);
  expect(there()).toEqual(files);
  journal.close();
});

test('what was said and not done is done, and said once', async () => {
  const { journal, there, stop } = project();
  journal.append(takenBackEvent, { model: 'signs', stage: '1.3', because: 'x' }, true);
  expect(await stop('1.3', refused('T4'))).toBe(true);
  expect(journal.entries.filter(({ kind }) => kind === takenBackEvent).length).toBe(1);
  expect(there()).toEqual(['lamps/models/networks.py']);
  journal.close();
});
