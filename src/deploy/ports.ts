import { createServer } from 'node:net';
import { AppError } from '../errors.ts';

const tried = 50;

/** The wanted port of the loopback interface, or the next one that is free. */
export const freePort = async (wanted: number): Promise<number> => {
  for (let port = wanted; port < wanted + tried; port++) if (await isFree(port)) return port;
  throw new AppError('tool.failed', `Ports ${wanted} to ${wanted + tried - 1} are all taken`, {
    hint: 'Stop what listens there, or change `port` in DOCKER_CONFIG.md.',
  });
};

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
