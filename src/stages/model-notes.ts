import { existsSync } from 'node:fs';
import { z } from 'zod';
import type { AgentNotes } from '../artifacts/documents/agent-notes.ts';
import { readText } from '../world/files.ts';
import { agentGround } from './agent-ground.ts';
import type { StageContext } from './context.ts';

type Notes = { notes: NonNullable<AgentNotes> } | Record<string, never>;
const kept = (notes: NonNullable<AgentNotes>): Notes => (notes.length > 0 ? { notes } : {});

const findings = z.object({
  findings: z.array(z.object({ file: z.string(), line: z.int(), severity: z.string(), what: z.string() })),
});

/** What a model as reviewer found, where it names a line that exists. */
export const reviewNotes = async (context: StageContext, checks: string): Promise<Notes> => {
  if (!context.agents.works('reviewer')) return {};
  const { ground } = await agentGround(context);
  const told = await context.agents.work({ role: 'reviewer', inputs: { checks }, schema: findings, ground }, context);
  const real = (told?.findings ?? []).filter(
    ({ file, line }) =>
      ground.workspace.files('.').includes(file) && line <= readText(context.at(file)).split('\n').length,
  );
  return kept(
    real.map(({ file, line, severity, what }) => ({
      role: 'reviewer',
      about: `${file}:${line} (${severity})`,
      text: what,
    })),
  );
};

const columnFindings = z.object({ findings: z.array(z.object({ column: z.string(), what: z.string() })) });

/** What a model as keeper of the data remarked of columns that exist. */
export const dataNotes = async (
  context: StageContext,
  { task, columns }: { task: string; columns: { name: string }[] },
): Promise<Notes> => {
  if (!context.agents.works('dataset')) return {};
  const { ground } = await agentGround(context);
  const inputs = { task, profile: JSON.stringify(columns, null, 1) };
  const told = await context.agents.work({ role: 'dataset', inputs, schema: columnFindings, ground }, context);
  const real = (told?.findings ?? []).filter(({ column }) => columns.some(({ name }) => name === column));
  return kept(real.map(({ column, what }) => ({ role: 'dataset', about: column, text: what })));
};

const candidateNotes = z.object({ notes: z.array(z.object({ candidate: z.string(), note: z.string() })) });

/** What a model as researcher remarked of the candidates; the choice is made by measurements. */
export const researchNotes = async (
  context: StageContext,
  { task, candidates }: { task: string; candidates: { model: string }[] },
): Promise<Notes> => {
  if (!context.agents.works('research')) return {};
  const { ground } = await agentGround(context);
  const inputs = { task, candidates: JSON.stringify(candidates, null, 1) };
  const told = await context.agents.work({ role: 'research', inputs, schema: candidateNotes, ground }, context);
  const real = (told?.notes ?? []).filter(({ candidate }) => candidates.some(({ model }) => model === candidate));
  return kept(real.map(({ candidate, note }) => ({ role: 'research', about: candidate, text: note })));
};

const diagnosis = z.object({ cause: z.string(), evidence: z.string(), next: z.string() });

/** Why a service does not run, by a model as operator; empty unless it quotes a line of the output. */
export const diagnose = async (context: StageContext, failure: string): Promise<string> => {
  if (!context.agents.works('ops')) return '';
  const { ground } = await agentGround(context);
  const told = await context.agents.work({ role: 'ops', inputs: { failure }, schema: diagnosis, ground }, context);
  if (!told || told.evidence.trim() === '' || !failure.includes(told.evidence)) return '';
  return `## ${context.say('模型的诊断（未经证明）', 'Diagnosis by a model (not shown by the engine)')}\n\n${told.cause}\n\n> ${told.evidence}\n\n${told.next}\n`;
};

const tests = z.object({ tests: z.array(z.object({ name: z.string(), code: z.string(), why: z.string() })) });
const testFile = 'tests/test_by_model.py';

/** Tests by a model as tester: each stays only where it passes on the project as it is. Their names. */
export const modelTests = async (context: StageContext, evidence: string): Promise<string[]> => {
  if (!context.agents.works('tester')) return [];
  const { ground, undo } = await agentGround(context, { writable: (file) => file === testFile });
  const told = await context.agents.work({ role: 'tester', inputs: { evidence }, schema: tests, ground }, context);
  const good: { name: string; code: string }[] = [];
  for (const { name, code } of told?.tests ?? []) {
    if (!code.includes(`def ${name}(`) || !/\bassert\b|pytest\.raises/.test(code)) continue;
    await ground.workspace.write(testFile, fileOf([...good, { name, code }]));
    const { exitCode } = await ground.runPython(['-m', 'pytest', '-q', '-p', 'no:cacheprovider', testFile]);
    context.record('agent.test', { name, exitCode, kept: exitCode === 0 });
    if (exitCode === 0) good.push({ name, code });
  }
  if (good.length > 0) await ground.workspace.write(testFile, fileOf(good));
  else if (existsSync(context.at(testFile)) || undo.changed().length > 0) await undo.restore();
  return good.map(({ name }) => name);
};

const fileOf = (good: { code: string }[]): string =>
  `from __future__ import annotations\n\n\n${good.map(({ code }) => `${code.trim()}\n`).join('\n\n')}`;
