import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import module from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const oldestMajor = 24;
const packageFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
/** @param {string} entry */
const entriesOf = (entry) => [
  path.join(packageFolder, `src/${entry}.ts`),
  path.join(packageFolder, `dist/${entry}.js`),
];
const forwarded = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/** What `--help` prints, kept beside the program (a test compares them): 50 ms instead of 110 where Node is old. */
const helpFile = path.join(packageFolder, 'bin/help.txt');
const asksForHelp = (/** @type {string[]} */ args) => args.length === 1 && /^(--help|-h|help)$/.test(args[0] ?? '');

/**
 * Runs the program with the given arguments: in this process where Node is new enough, else under the Node that was
 * installed with the package.
 * @param {string} program Path of the script that Node was started with.
 * @param {string[]} args
 * @param {string} entry What is run, below src or dist.
 */
export const launch = async (program, args, entry = 'cli/main') => {
  if (entry === 'cli/main' && asksForHelp(args)) {
    process.stdout.write(readFileSync(helpFile, 'utf8'));
    return;
  }
  if (Number(process.versions.node.split('.')[0]) >= oldestMajor) return runHere(args, entry);
  const pinned = findPinnedNode();
  if (pinned === undefined) {
    process.stderr.write(
      `error: Specwright needs Node ${oldestMajor} or newer, this is ${process.versions.node}\n` +
        `hint: run \`npm install\` in ${packageFolder}, which brings its own Node, or install Node ${oldestMajor}\n`,
    );
    process.exitCode = 4;
    return;
  }
  const child = spawn(pinned, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of forwarded) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    process.stderr.write(`error: ${pinned} does not start: ${error.message}\nhint: run \`npm install\` again\n`);
    process.exitCode = 4;
  });
  child.once('exit', (code, signal) => {
    process.exitCode = code ?? 128;
    if (signal === null) return;
    for (const one of forwarded) process.removeAllListeners(one);
    process.kill(process.pid, signal);
  });
};

/**
 * @param {string[]} args
 * @param {string} entry
 */
const runHere = async (args, entry) => {
  module.enableCompileCache?.();
  const entries = entriesOf(entry);
  const found = entries.find((file) => existsSync(file));
  if (found === undefined) throw new Error(`Neither of ${entries.join(', ')} exists`);
  const { main } = await import(found);
  await main(args);
};

/** Beside our own modules, or hoisted to the folder of modules that we were installed into. */
const findPinnedNode = () =>
  [packageFolder, path.resolve(packageFolder, '..', '..')]
    .flatMap((folder) => ['node', 'node.exe'].map((name) => path.join(folder, 'node_modules/node/bin', name)))
    .find((file) => existsSync(file));
