import { defineConfig } from 'vitest/config';

const project = (name: string, include: string[], options: object) => ({
  test: { name, include, environment: 'node' as const, ...options },
});

/** Whole runs that measure no time of their own: two at once, while rollouts and routers want the machine for themselves. */
const pipelines = 'test/system/{agent-questions,agents,agents-run,families,further-network,repair,twins}.test.ts';
const patience = { testTimeout: 300_000, hookTimeout: 300_000 };

export default defineConfig({
  test: {
    projects: [
      // One worker runs many files and loads each module once: `vi.mock` reaches only the file that loads it first.
      project('unit', ['src/**/*.test.ts', 'test/unit/**/*.test.ts'], { isolate: false, testTimeout: 20_000 }),
      project('pipelines', [pipelines], patience),
      project('system', ['test/system/**/*.test.ts'], { ...patience, exclude: [pipelines], fileParallelism: false }),
      project('long', ['test/long/**/*.test.ts'], {
        testTimeout: 1_800_000,
        hookTimeout: 600_000,
        fileParallelism: false,
      }),
    ],
  },
});
