// A service not of our making, with metrics under its own names: what rules and dashboards are tried on.
import { createServer } from 'node:http';

const { PORT = '8080', FAIL = '' } = process.env;
const begun = process.cpuUsage();
const counts = { 200: 0, 500: 0 };
const edges = [0.005, 0.05, 0.5];
const buckets = edges.map(() => 0);
let seconds = 0;

const metrics = () => {
  const all = counts[200] + counts[500];
  const cpu = process.cpuUsage(begun);
  return [
    ...Object.entries(counts).map(
      ([code, count]) => `shop_requests_total{code="${code}",uri="/orders",slot="main"} ${count}`,
    ),
    ...edges.map((edge, index) => `shop_seconds_bucket{uri="/orders",slot="main",le="${edge}"} ${buckets[index]}`),
    `shop_seconds_bucket{uri="/orders",slot="main",le="+Inf"} ${all}`,
    `shop_seconds_count{uri="/orders",slot="main"} ${all}`,
    `shop_seconds_sum{uri="/orders",slot="main"} ${seconds}`,
    `process_resident_memory_bytes ${process.memoryUsage().rss}`,
    `process_cpu_seconds_total ${(cpu.user + cpu.system) / 1e6}`,
    `llm_tokens_total ${10 * all}`,
    '',
  ].join('\n');
};

createServer((request, response) => {
  if (request.url === '/own-metrics') return response.end(metrics());
  if (request.url !== '/orders') return response.end('{}');
  const began = performance.now();
  const status = FAIL ? 500 : 200;
  response.writeHead(status, { 'content-type': 'application/json' }).end('{"taken":true}');
  const took = (performance.now() - began) / 1000;
  counts[status]++;
  seconds += took;
  for (const [index, edge] of edges.entries()) if (took <= edge) buckets[index]++;
}).listen(Number(PORT), '127.0.0.1');
