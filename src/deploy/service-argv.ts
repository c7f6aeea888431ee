import type { Argv } from '../world/processes.ts';

export type ProcessService = { python: string; package: string; host: string; port: number; slot: string };

/** One worker, no access log (metrics count requests), and time for requests in flight at SIGTERM. */
export const uvicorn = (service: ProcessService, drainSeconds: number): Argv => [
  service.python, '-m', 'uvicorn', `${service.package}.serving.app:app`, '--host', service.host, '--port', String(service.port),
  '--no-access-log', '--log-level', 'warning', '--timeout-graceful-shutdown', String(drainSeconds),
]; // biome-ignore format: an argv reads in pairs

export const serviceEnvironment = (modelFolder: string, slot: string): Record<string, string> => ({
  MODEL_DIR: modelFolder,
  SLOT: slot,
  OMP_NUM_THREADS: '1',
  PYTHONUNBUFFERED: '1',
});
