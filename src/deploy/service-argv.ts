import type { ServiceSpec } from '../artifacts/service/service-spec.ts';
import type { Argv } from '../world/processes.ts';

export type ProcessService = { python: string; package: string; host: string; port: number | '{port}' };

/** One worker, no access log (metrics count requests), and time for requests in flight at SIGTERM. */
export const uvicorn = (service: ProcessService, drainSeconds: number): Argv => [
  service.python, '-m', 'uvicorn', `${service.package}.serving.app:app`, '--host', service.host, '--port', String(service.port),
  '--no-access-log', '--log-level', 'warning', '--timeout-keep-alive', '75', '--timeout-graceful-shutdown', String(drainSeconds),
]; // biome-ignore format: an argv reads in pairs

/** What a copy of a service is told beside its own settings: its port, its place, and which version it is. */
export const variablesOf = (
  { settings }: ServiceSpec,
  { port, slot, version }: { port: number; slot: string; version: string },
): Record<string, string> => ({ PORT: String(port), SLOT: slot, MODEL_VERSION: version, ...settings });
