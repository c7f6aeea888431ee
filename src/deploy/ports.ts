import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AppError } from '../errors.ts';
import { acquireLock, type Lock } from '../world/lock.ts';

const tried = 50;

export type HeldPort = { port: number } & Lock;

/**
 * The wanted port of the loopback interface, or the next one that is free. No other program of ours chooses it until it
 * is released: two that start in the same second would both find it free, and the second would speak to the first.
 */
export const holdFreePort = async (wanted: number): Promise<HeldPort> => {
  for (let port = wanted; port < wanted + tried; port++) {
    const lock = heldBy(port);
    if (!lock) continue;
    if ((await listenOnce(port)) !== null) return { port, ...lock };
    lock.release();
  }
  throw new AppError('tool.failed', `Ports ${wanted} to ${wanted + tried - 1} are all taken`, {
    hint: 'Stop what listens there, or change `port` in DOCKER_CONFIG.md.',
  });
};

/** As `holdFreePort`, for one who uses it at once or only wants to know. */
export const freePort = async (wanted: number): Promise<number> => {
  const { port, release } = await holdFreePort(wanted);
  release();
  return port;
};

/** A port that nobody uses, chosen by the system among many: two programs hardly get the same one. */
export const unusedPort = async (): Promise<number> => {
  const port = await listenOnce(0);
  if (port === null) throw new AppError('tool.failed', 'No port of the loopback interface is free');
  return port;
};

/** null: somebody holds it, here or in another program of the same user. */
const heldBy = (port: number): Lock | null => {
  try {
    return acquireLock(
      path.join(tmpdir(), `specwright-ports-${process.getuid?.() ?? 'user'}`, String(port)),
      `Port ${port}`,
    );
  } catch (error) {
    if (error instanceof AppError && error.code === 'project.locked') return null;
    // A folder of somebody else: then the port is chosen without being held.
    if (error instanceof Error && 'code' in error && ['EACCES', 'EPERM', 'EROFS'].includes(String(error.code)))
      return { release: () => undefined };
    throw error;
  }
};

/** The port that was listened on for a moment; null: it is taken. */
const listenOnce = (port: number): Promise<number | null> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : null));
    });
  });
