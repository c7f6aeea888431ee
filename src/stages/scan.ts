import path from 'node:path';
import { z } from 'zod';
import { artifactFiles } from '../artifacts/catalog.ts';
import { expectSuccess } from '../world/processes.ts';
import type { StageContext } from './context.ts';

const output = z.object({
  files: z.array(
    z.object({
      path: z.string(),
      lines: z.number(),
      error: z.string().nullable(),
      functions: z.array(z.object({ name: z.string(), line: z.number(), lines: z.number(), typed: z.boolean() })),
      stubs: z.array(z.object({ line: z.number(), what: z.string() })),
      imports: z.array(z.string()),
      flags: z.array(z.string()),
      routes: z.array(z.string()),
    }),
  ),
  standard_library: z.array(z.string()),
});
export type Scan = z.infer<typeof output>;
export type Stub = { file: string; line: number; what: string };

/** What Python's own `ast` says of the project's files; needs the system's Python only. */
export const scanProject = (context: StageContext): Promise<Scan> =>
  scanFiles(
    context,
    context.root,
    artifactFiles(context.root, 'project').filter((file) => file.endsWith('.py')),
  );

export const scanFiles = async (context: StageContext, root: string, files: string[]): Promise<Scan> => {
  const { executable } = await context.workbench.python();
  const result = await context.tool(
    [executable, '-I', path.join(context.config.packageFolder, 'python', 'scan.py'), root, ...files],
    { cwd: context.root, limitSeconds: 60 },
  );
  return output.parse(JSON.parse(expectSuccess(result, 'Scanning the project').stdout));
};
