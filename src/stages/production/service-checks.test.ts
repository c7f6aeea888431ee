import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { smokeTest } from './service-checks.ts';

/** A service that answers these values to everything. */
const answering = async (values: number[]) => {
  const server = createServer((_, response) =>
    response.end(JSON.stringify({ outputs: values.map((value) => ({ value })) })),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
};

test.each([
  ['the last digits of small numbers among large ones', [1e10, 5e6], [1e10, 5.01e6], 0],
  ['a large number that is another', [1e10, 5e6], [1.01e10, 5e6], 1],
  ['a small number that is another', [3, 0.5], [3, 0.6], 1],
])('%s', async (_, expected, found, wrong) => {
  const service = await answering(found);
  const samples = expected.map((value) => ({ input: {}, output: { value } }));
  expect(await smokeTest(service.url, samples)).toMatchObject({ requests: 2, wrong });
  service.close();
});
