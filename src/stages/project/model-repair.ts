import { existsSync } from 'node:fs';
import { createTwoFilesPatch } from 'diff';
import { z } from 'zod';
import { asData } from '../../agents/tools/as-data.ts';
import { exceptionOf, type Failure, frameOf } from '../../repair/fault.ts';
import { type RepairRecord, signature } from '../../repair/loop.ts';
import { readText } from '../../world/files.ts';
import { agentGround } from '../agent-ground.ts';
import type { StageContext } from '../context.ts';

const answer = z.object({ summary: z.string(), changed: z.array(z.string()) });
/** Code and settings; never tests, thresholds, data, reports or what is deployed. */
const writable = /^(?!tests\/|deploy\/|spec\/|reports\/|data\/|runs\/|models\/)[\w./-]+\.(?:py|ya?ml)$/;

/**
 * The third way to mend: where neither the table of known faults nor the last good version helps, a model that works as
 * coder is given what is known of the failure. What it changed stays only where the run then passes or fails in another
 * way; null: nobody works as coder, or it changed nothing.
 */
export const modelRepair = async (
  context: StageContext,
  failure: Failure,
  { attempt, tried }: { attempt(): Promise<Failure | null>; tried: RepairRecord[] },
): Promise<RepairRecord | null> => {
  if (!context.agents.works('coder')) return null;
  const started = performance.now();
  const { ground, undo } = await agentGround(context, { writable: (file) => writable.test(file) });
  const told = await context.agents.work(
    { role: 'coder', inputs: { task: task(context), evidence: evidence(failure, tried) }, schema: answer, ground },
    context,
  );
  if (told === null || undo.changed().length === 0) {
    await undo.restore();
    return null;
  }
  const changed = undo.changed();
  const diff = changed.map((file) => patchOf(context, file, undo.before(file))).join('\n');
  const after = await attempt();
  const kept = after === null || signature(after) !== signature(failure);
  if (!kept) await undo.restore();
  const { name, message } = exceptionOf(failure.output);
  return {
    fault: 'model',
    step: 'forward',
    exception: name,
    message,
    frame: frameOf(failure.output, context.root),
    trace: failure.output.trim().split('\n').slice(-25).join('\n'),
    repair: told.summary,
    diff,
    rerun_exit_code: after?.exitCode ?? 0,
    kept,
    seconds: (performance.now() - started) / 1000,
  };
};

const task = (context: StageContext): string =>
  context.say(
    '项目的一个 epoch 训练失败，已知故障表和最近的正确版本都没有帮助。请修好它，使命令成功且结果不变差。',
    'One epoch of training fails, and neither the table of known faults nor the last good version helps. Mend it, so that the command succeeds and its results are not worse.',
  );

const evidence = ({ command, exitCode, ended, output }: Failure, tried: RepairRecord[]): string =>
  [
    `$ ${command}`,
    `exit code ${exitCode} (${ended})`,
    asData(output.trim().split('\n').slice(-60).join('\n')),
    ...tried.map(({ fault, repair, kept }) => `tried: ${fault}: ${repair}${kept ? '' : ' (did not help, taken back)'}`),
  ].join('\n');

const patchOf = (context: StageContext, file: string, before: string | null): string =>
  createTwoFilesPatch(file, file, before ?? '', existsSync(context.at(file)) ? readText(context.at(file)) : '');
