import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { readJson, writeAtomically } from '../../world/files.ts';
import { type Lifetime, pools } from '../target/target.ts';
import type { RoutedServer } from './router.ts';

/** What a router is on this machine; chosen once, so that its address stays. */
export const routerPlan = z.strictObject({
  kind: z.enum(['haproxy', 'builtin']),
  program: z.enum(['host', 'container']).nullable(),
  address: z.string(),
  port: z.number(),
  /** UDP port of loopback on which the log is taken. */
  logPort: z.number(),
});
export type RouterPlan = z.infer<typeof routerPlan>;

/** The router's own folder, a name for what it starts, and whether that ends with the program. */
export type RouterFiles = { folder: string; name: string; lifetime?: Lifetime | null };

const serversSchema = z.array(
  z.strictObject({ pool: z.enum(pools), index: z.number(), port: z.number(), weight: z.number() }),
);

const planFile = ({ folder }: RouterFiles) => path.join(folder, 'router.json');
export const serversFile = ({ folder }: RouterFiles) => path.join(folder, 'servers.json');

export const readPlan = (files: RouterFiles): RouterPlan | null =>
  existsSync(planFile(files)) ? routerPlan.parse(readJson(planFile(files))) : null;

export const writePlan = (files: RouterFiles, plan: RouterPlan): Promise<void> =>
  writeAtomically(planFile(files), `${JSON.stringify(plan)}\n`);

/** The servers that the router has or, after a crash, will have again. */
export const readServers = (files: RouterFiles): RoutedServer[] =>
  existsSync(serversFile(files)) ? serversSchema.parse(readJson(serversFile(files))) : [];

export const writeServers = (files: RouterFiles, servers: RoutedServer[]): Promise<void> =>
  writeAtomically(serversFile(files), `${JSON.stringify(servers)}\n`);

export const forgetServers = (files: RouterFiles): void => rmSync(serversFile(files), { force: true });
