import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { isCode } from '../../artifacts/catalog.ts';
import { requirementsDocument } from '../../artifacts/documents/requirements-document.ts';
import { technologyDocument } from '../../artifacts/documents/technology.ts';
import { exceptionOf, type Failure, frameOf } from '../../repair/fault.ts';
import {
  describeParts,
  type Files,
  type Part,
  partsOf,
  smallestReturn,
  withReturned,
} from '../../repair/good-version.ts';
import type { RepairRecord } from '../../repair/loop.ts';
import { listFiles, readText } from '../../world/files.ts';
import type { StageContext } from '../context.ts';
import { renderProject } from '../framework/build.ts';

/** The project beside its last good version: as it was rendered for these requirements and this choice of model. */
export type CodeBench = {
  /** Whether the code differs from the good version at all. */
  changed: boolean;
  /** What the good version's own tests find wrong with the code as it is; null: nothing. */
  silentFailure(): Promise<Failure | null>;
  /** Returns the fewest changed pieces that make the failure go away; null: the changes are not its cause. */
  mend(failure: Failure): Promise<RepairRecord | null>;
};

/** Tests that tell silent faults, what a crash does not show: the telling and quick ones first, then a family's own. */
const firstTests = ['metrics', 'features', 'models', 'run'].map((name) => `tests/test_${name}.py`);
/** What training and prediction are no part of. */
const otherTests = /test_(?:service|serving|serving_parts|image|public_data|twins|costs)\.py$/;
const silentTests = (good: Files): string[] => {
  const all = [...good.keys()].filter((file) => /^tests\/test_\w+\.py$/.test(file) && !otherTests.test(file));
  return [...firstTests.filter((file) => good.has(file)), ...all.filter((file) => !firstTests.includes(file)).sort()];
};
/** Runs of a bisection; with them a repair stays under a minute. */
const mostRuns = 24;
const repairable = /\.(py|ya?ml)$/;

export const codeBench = async (context: StageContext): Promise<CodeBench> => {
  const rendered = await renderProject(context, context.read(requirementsDocument), context.read(technologyDocument));
  const good: Files = new Map(rendered.map(({ path: file, content }) => [file, String(content)]));
  const ours = ([file]: [string, string | null]) => repairable.test(file) && !/^(tests|deploy)\//.test(file);
  const parts = () => partsOf(currentFiles(context, [...good.keys()]), new Map([...good].filter(ours)));
  const copy = path.join(context.scratch, 'code-repair');
  return {
    changed: parts().length > 0,
    silentFailure: async () => {
      await copyProject(context, copy, good);
      for (const test of silentTests(good)) {
        const failure = await tryIn(context, copy, {
          argv: ['-m', 'pytest', '-q', '-x', '-p', 'no:cacheprovider', test],
        });
        if (failure) return failure;
      }
      return null;
    },
    mend: async (failure) => {
      const started = performance.now();
      const before = currentFiles(context, [...good.keys()]);
      const frame = frameOf(failure.output, context.root) ?? frameOf(failure.output, copy);
      await copyProject(context, copy, good);
      const run = commandFor(failure);
      const passes = async (returned: Part[]): Promise<boolean> => {
        const files = withReturned(before, returned);
        await writeAll(copy, files);
        const left = await tryIn(context, copy, run);
        await writeAll(copy, new Map([...files.keys()].map((file) => [file, before.get(file) ?? null])));
        return left === null;
      };
      const found = await smallestReturn(parts(), passes, {
        mostRuns,
        suspect: ({ file }) => frame?.startsWith(`${file}:`) ?? false,
        prefer: ({ file }) => file.endsWith('.py'),
      });
      if (!found) return null;
      const after = withReturned(before, found.parts);
      for (const [file, text] of after) if (text !== null) await context.write(file, text);
      const { name, message } = exceptionOf(failure.output);
      return {
        fault: 'changed-code',
        step: 'forward',
        exception: name,
        message,
        frame,
        trace: failure.output.trim().split('\n').slice(-25).join('\n'),
        repair: `returned ${describeParts(found.parts)}, found in ${found.runs} runs`,
        diff: [...after]
          .map(([file, text]) => createTwoFilesPatch(file, file, before.get(file) ?? '', text ?? ''))
          .join('\n'),
        rerun_exit_code: 0,
        kept: true,
        seconds: (performance.now() - started) / 1000,
      };
    },
  };
};

const currentFiles = (context: StageContext, files: string[]): Files =>
  new Map(files.map((file) => [file, existsSync(context.at(file)) ? readText(context.at(file)) : null]));

/** The project's code with the good version's tests, in a folder where trying costs nothing; data are linked. */
const copyProject = async (context: StageContext, folder: string, good: Files): Promise<void> => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const file of listFiles(context.root, (relative) => !isCode(relative))) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await copyFile(context.at(file), path.join(folder, file));
  }
  await symlink(context.at('data'), path.join(folder, 'data'));
  await writeAll(folder, new Map([...good].filter(([file]) => file.startsWith('tests/'))));
};

const writeAll = async (folder: string, files: Files): Promise<void> => {
  for (const [file, text] of files) {
    const target = path.join(folder, file);
    await forgetCompiled(target);
    if (text === null) await rm(target, { force: true });
    else {
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, text);
    }
  }
};

/**
 * Python takes byte code for current by its source's size and second: two versions of a line within a second, as a
 * bisection writes them, would be mistaken for each other.
 */
const forgetCompiled = async (source: string): Promise<void> => {
  const { dir, name, ext } = path.parse(source);
  const cache = path.join(dir, '__pycache__');
  if (ext !== '.py' || !existsSync(cache)) return;
  for (const file of await readdir(cache)) if (file.startsWith(`${name}.`)) await rm(path.join(cache, file));
};

type Trial = { argv: string[] };

/** The very test that failed, or one epoch of training. */
const commandFor = ({ command, output }: Failure): Trial => {
  const failed = /^(?:FAILED|ERROR) (tests\/\S+?)(?: - .*)?$/m.exec(output)?.[1];
  if (command.includes('pytest') && failed)
    return { argv: ['-m', 'pytest', '-q', '-x', '-p', 'no:cacheprovider', failed] };
  if (command.includes('pytest')) return { argv: command.split(' ').slice(command.split(' ').indexOf('-m')) };
  return {
    argv: [
      'scripts/train.py', '--config', 'configs/config.yaml', '--data', 'data/mini', '--epochs', '1', '--output', 'runs/trial',
    ], // biome-ignore format: an argv
  };
};

const tryIn = async (context: StageContext, folder: string, { argv }: Trial): Promise<Failure | null> => {
  const result = await context.fork(argv, {
    cwd: folder,
    limitSeconds: context.rules.DEBUG_CODE.run_limit_seconds,
    limitMemoryMb: context.rules.DEBUG_CODE.memory_limit_mb,
  });
  if (result.exitCode === 0) return null;
  const output = `${result.stdout}${result.stderr}`;
  return { command: ['python', ...argv].join(' '), exitCode: result.exitCode, ended: result.ended, output };
};
