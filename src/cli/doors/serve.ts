import { type Command, InvalidArgumentError } from 'commander';

const number = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 0)
    throw new InvalidArgumentError('Give a whole number.');
  return value;
};

type ServeFlags = { projects: string; host: string; port: number; runs: number; rateLimit: number };

export const serveCommand = (program: Command): void => {
  program
    .command('serve')
    .summary('the same operations over HTTP, with documentation at /docs')
    .description(
      'Serves the operations over HTTP until it is told to stop. Beyond loopback it asks for bearer tokens (HS256) signed with SPECWRIGHT_JWT_SECRET, with the claim role: viewer or operator.',
    )
    .option('--projects <folder>', 'folder of the projects', '.')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0: a free one', number, 8700)
    .option('--runs <number>', 'runs at once', number, 1)
    .option('--rate-limit <number>', 'requests a minute and address; 0: no limit', number, 0)
    .action(async ({ projects, host, port, runs, rateLimit }: ServeFlags) => {
      const [{ checkAddress, createDoor }, { surroundings }, path] = await Promise.all([
        import('../../http/serve/app.ts'),
        import('../surroundings.ts'),
        import('node:path'),
      ]);
      const around = surroundings();
      const secret = around.config.jwtSecret;
      checkAddress(host, secret);
      const workshop = { ...around, folder: path.resolve(projects) };
      const app = await createDoor(workshop, {
        secret,
        rateLimit,
        atOnce: Math.max(1, runs),
        mostDataBytes: 2e9,
        longestWaitMs: 1000,
        log: true,
      });
      const url = await app.listen({ host, port });
      process.stderr.write(`Specwright answers at ${url}, its documentation is at ${url}/docs\n`);
      await new Promise<void>((resolve) => {
        for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
      });
      await app.close();
    });
};
