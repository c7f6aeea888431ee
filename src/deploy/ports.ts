import { createServer } from 'node:net';
import { AppError } from '../errors.ts';

const tried = 50;

/** The wanted port of the loopback interface, or the next one that is free. */
export const freePort = async (wanted: number): Promise<number> => {
  for (let port = wanted; port < wanted + tried; port++) if ((await listenOnce(port)) !== null) return port;
  throw new AppError('tool.failed', `Ports ${wanted} to ${wanted + tried - 1} are all taken`, {
    hint: 'Stop what listens there, or change `port` in DOCKER_CONFIG.md.',
  });
};

/** A port that nobody uses, chosen by the system among many: two programs hardly get the same one. */
export const unusedPort = async (): Promise<number> => {
  const port = await listenOnce(0);
  if (port === null) throw new AppError('tool.failed', 'No port of the loopback interface is free');
  return port;
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
