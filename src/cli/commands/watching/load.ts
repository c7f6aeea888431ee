import type { Command } from 'commander';
import type { End } from '../../end.ts';
import { type Chosen, forRunningService, loaded, positive } from './shared-options.ts';

type Asked = Chosen & { rate: number; seconds: number; saturation?: boolean };

export const loadCommand = (program: Command, end: End): void => {
  forRunningService(
    program
      .command('load')
      .summary('constant-rate load, and what the SLA rows say to it')
      .description(
        "Sends the spec's traffic at a constant rate (loopback and private networks only); latency counts from each request's scheduled start.",
      ),
  )
    .option('--rate <number>', 'requests per second', positive, 100)
    .option('--seconds <number>', 'how long, after a second of warm-up', positive, 10)
    .option('--saturation', 'then double the rate until answers fall behind it')
    .action(async (project: string | undefined, asked: Asked) => {
      const [{ console, interruptible, world }, { loadService }, { printSlaRows, rounded }] = await Promise.all([
        loaded(asked),
        import('../../../operations/watching/load-service.ts'),
        import('../../show/print-sla-rows.ts'),
      ]);
      const { spec, url, rate, seconds, saturation = false } = asked;
      const result = await interruptible(
        () => undefined,
        (signal) => loadService(world, { project, spec, url }, { rate, seconds, saturation }, signal),
      );
      const { latency, requests, errors, achievedRps, statusCounts, timeline } = result.load;
      const { print } = console;
      print(`${result.service}  ${result.url}  ${rate} requests/s for ${seconds} s`);
      print(
        `latency ms  p50 ${rounded(latency.p50)}  p95 ${rounded(latency.p95)}  p99 ${rounded(latency.p99)}  max ${rounded(latency.max)}`,
      );
      print(
        `answered    ${rounded(achievedRps)} requests/s, ${errors} of ${requests} failed  ${JSON.stringify(statusCounts)}`,
      );
      if (result.peak_memory_mb !== null) print(`memory      ${rounded(result.peak_memory_mb)} MB at most`);
      if (result.saturation_rps !== null)
        print(`saturation  at or above ${Math.floor(result.saturation_rps)} requests/s`);
      for (const one of timeline.filter((second) => second.errors > 0))
        print(console.tone('warn', `second ${one.second}: ${one.errors} of ${one.requests} failed`));
      printSlaRows(console, result.rows);
      if (asked.json) console.json(result);
      if (result.rows.some(({ verdict }) => verdict === 'not met')) end(3);
    });
};
