import { mkdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../errors.ts';
import { sha256, writeAtomically } from '../../world/files.ts';
import { endsWith, startDetached, stopDetached } from '../detached.ts';
import type { BuiltinCommand, BuiltinPlan } from './builtin-program.ts';
import type { Router } from './router.ts';
import { forgetServers, type RouterFiles, type RouterPlan, serversFile, writeServers } from './router-files.ts';

const readyLimitMs = 10_000;
const answerLimitMs = 5000;
const stopSeconds = 35;

/** The router on a proxy library, as a process of its own. */
export const builtinRouter = (files: RouterFiles, plan: RouterPlan, environment: Record<string, string>): Router => {
  const folder = path.join(tmpdir(), `specwright-${sha256(files.folder).slice(0, 16)}`);
  const socket = path.join(folder, 'builtin.sock');
  const stateFile = path.join(files.folder, 'builtin.json');
  const ask = (command: BuiltinCommand): Promise<unknown> => askBuiltin(socket, command);
  const answers = async (): Promise<boolean> => {
    try {
      await ask({ verb: 'in flight', pool: 'blue' });
      return true;
    } catch {
      return false; // it is not there, or cannot be spoken to: both are what is asked
    }
  };
  return {
    kind: 'builtin',
    url: `http://${plan.address}:${plan.port}`,
    async ensure() {
      if (await answers()) return;
      await stopDetached(stateFile, 0);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const file = path.join(files.folder, 'builtin-plan.json');
      const { address, port, logPort } = plan;
      const programPlan: BuiltinPlan = { address, port, socket, logPort, servers: serversFile(files) };
      await writeAtomically(file, JSON.stringify(programPlan));
      const program = fileURLToPath(new URL(`./builtin-program${path.extname(import.meta.filename)}`, import.meta.url));
      await startDetached(
        {
          argv: [process.execPath, program, file],
          cwd: '/',
          log: path.join(files.folder, 'router.log'),
          state: stateFile,
          graceSeconds: stopSeconds,
          rotate: { bytes: 10e6, files: 2 },
          service: { router: 'builtin' },
          ...endsWith(files.lifetime ?? null, stateFile),
        },
        environment,
      );
      const end = performance.now() + readyLimitMs;
      while (performance.now() < end) {
        if (await answers()) return;
        await sleep(25);
      }
      await stopDetached(stateFile, 0);
      throw new AppError('tool.failed', `The router did not start on ${address}:${port}`, {
        hint: `See ${path.join(files.folder, 'router.log')}. Does something else listen on that port?`,
      });
    },
    async apply(servers) {
      await ask({ verb: 'apply', servers }); // traffic first: a full disk must not keep a bad version in it
      await writeServers(files, servers);
    },
    inFlight: async (pool) => Number(await ask({ verb: 'in flight', pool })),
    cut: async (pool) => Number(await ask({ verb: 'cut', pool })),
    async stop() {
      await stopDetached(stateFile, stopSeconds);
      forgetServers(files);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** One command, one line of JSON as the answer. */
const askBuiltin = (socket: string, command: BuiltinCommand): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const connection = connect(socket);
    let text = '';
    connection.setTimeout(answerLimitMs, () => connection.destroy(new Error('no answer')));
    connection.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (!text.includes('\n')) return;
      resolve(JSON.parse(text));
      connection.destroy();
    });
    connection.on('error', (cause) =>
      reject(
        new AppError('tool.failed', `The router does not answer on ${socket}`, {
          cause,
          hint: 'Traffic goes on as it was. Repeat the command: it starts a router that cannot be spoken to anew.',
        }),
      ),
    );
    connection.on('close', () => reject(new AppError('tool.failed', `The router closed ${socket} without an answer`)));
    connection.write(`${JSON.stringify(command)}\n`);
  });
