// A service whose behaviour is chosen by variables: the versions that tests and the bench roll out.
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const { PORT = '8080', MODEL_VERSION = '1', SLOT = '', FAULT = '', DELAY_MS = '0', READY_AFTER_MS = '0' } = process.env;
const errorShare = Number(/^errors-(\d+)$/.exec(FAULT)?.[1] ?? 0) / 100;
if (FAULT === 'exits') {
  console.log('this version ends at once');
  process.exit(3);
}
let count = 0;
/** Predictions by label since the process began, or since it forgot them. */
let labels = { even: 0, odd: 0 };
/** Answers to /predict by status, and their seconds, as Prometheus counts them. */
const statuses = { 200: 0, 500: 0 };
const edges = [0.005, 0.05, 0.5];
const buckets = edges.map(() => 0);
let seconds = 0;
let isBroken = false;
const kept = [];
const keep = (megabytes) => kept.push(Buffer.alloc(megabytes * 1e6, 1));
if (FAULT === 'hog') setTimeout(() => setInterval(() => keep(20), 5), 200);
const isReady = () => FAULT !== 'never-ready' && performance.now() >= Number(READY_AFTER_MS);
const json = (response, status, value) =>
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(typeof value === 'string' ? value : JSON.stringify(value));

const answers = {
  '/health': (_, response) => json(response, 200, {}),
  '/ready': (_, response) => json(response, isReady() ? 200 : 503, {}),
  '/version': (_, response) => json(response, 200, { version: MODEL_VERSION, slot: SLOT }),
  '/metrics': (_, response) => {
    const shown = (value) => (FAULT === 'nan-metrics' ? 'NaN' : value);
    const lines = [
      '# HELP requests_total',
      ...Object.entries(statuses).map(
        ([status, value]) => `requests_total{version="${MODEL_VERSION}",status="${status}"} ${shown(value)}`,
      ),
      ...edges.map((edge, index) => `request_seconds_bucket{le="${edge}"} ${buckets[index]}`),
      `request_seconds_bucket{le="+Inf"} ${statuses[200] + statuses[500]}`,
      `request_seconds_count ${statuses[200] + statuses[500]}`,
      `request_seconds_sum ${seconds}`,
      ...Object.entries(labels).map(([label, value]) => `predictions_total{label="${label}"} ${shown(value)}`),
      `process_resident_memory_bytes ${process.memoryUsage().rss}`,
    ];
    response.end(`${lines.join('\n')}\n`);
  },
  /** From now on a third of the answers are errors, as after a fault of what it depends on. */
  '/break': (_, response) => {
    isBroken = true;
    json(response, 200, {});
  },
  '/hog': (_, response) => {
    json(response, 200, {});
    setInterval(() => keep(20), 5);
  },
  '/slow': async (url, response) => {
    await sleep(Number(url.searchParams.get('ms') ?? 1000));
    json(response, 200, { version: MODEL_VERSION });
  },
  '/stream': async (url, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    for (let part = 0; part < Number(url.searchParams.get('parts') ?? 10); part++) {
      response.write(`${part} ${MODEL_VERSION}\n`);
      await sleep(Number(url.searchParams.get('ms') ?? 100));
    }
    response.end('end\n');
  },
  '/predict': async (_, response) => {
    const began = performance.now();
    response.once('finish', () => {
      const took = (performance.now() - began) / 1000;
      statuses[response.statusCode]++;
      seconds += took;
      for (const [index, edge] of edges.entries()) if (took <= edge) buckets[index]++;
    });
    if (Number(DELAY_MS) > 0) await sleep(Number(DELAY_MS));
    if (FAULT === 'leak') keep(1);
    labels[count % 2 === 0 ? 'even' : 'odd']++;
    if (FAULT === 'forgets' && labels.even + labels.odd >= 60) labels = { even: 0, odd: 0 };
    if (FAULT === 'nan') return json(response, 200, '{"output": NaN}');
    if (FAULT === 'wrong-schema') return json(response, 200, { result: 'four' });
    // The count, not chance: the same share in every run.
    if (isBroken && count % 3 === 0) return json(response, 500, { version: MODEL_VERSION });
    if (Math.floor(count * errorShare) !== Math.floor((count - 1) * errorShare))
      return json(response, 500, { version: MODEL_VERSION });
    json(response, 200, { output: FAULT === 'wrong-answer' ? 5 : 4, version: MODEL_VERSION });
  },
};

const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  count++;
  request.resume();
  request.once('end', () => (answers[url.pathname] ?? ((_, other) => json(other, 404, {})))(url, response));
});
server.keepAliveTimeout = 75_000;
if (FAULT !== 'never-listens') server.listen(Number(PORT), process.env.HOST ?? '127.0.0.1');
console.log(`version ${MODEL_VERSION} on ${PORT}`);

process.on('SIGTERM', () => {
  if (FAULT === 'ignores-sigterm') return;
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
