import type { Argv } from '../world/processes.ts';

export type ProcessService = { python: string; package: string; host: string; port: number | '{port}' };

/** One worker, no access log (metrics count requests), and time for requests in flight at SIGTERM. */
export const uvicorn = (service: ProcessService, drainSeconds: number): Argv => [
  service.python, '-m', 'uvicorn', `${service.package}.serving.app:app`, '--host', service.host, '--port', String(service.port),
  '--no-access-log', '--log-level', 'warning', '--timeout-keep-alive', '75', '--timeout-graceful-shutdown', String(drainSeconds),
]; // biome-ignore format: an argv reads in pairs

/** `latencyEdgesMs`: thresholds of the SLA rows, which become edges of the latency histogram. */
export const serviceEnvironment = (
  modelFolder: string,
  slot: string,
  latencyEdgesMs: number[],
): Record<string, string> => ({
  LATENCY_EDGES_MS: latencyEdgesMs.join(','),
  MODEL_DIR: modelFolder,
  SLOT: slot,
  OMP_NUM_THREADS: '1',
  PYTHONUNBUFFERED: '1',
});
