import { defineConfig } from 'vitest/config';

const project = (name: string, include: string[], options: object) => ({
  test: { name, include, environment: 'node' as const, ...options },
});

export default defineConfig({
  test: {
    projects: [
      // One worker runs many files and loads each module once: `vi.mock` reaches only the file that loads it first.
      project('unit', ['src/**/*.test.ts', 'test/unit/**/*.test.ts'], { isolate: false, testTimeout: 20_000 }),
      project('system', ['test/system/**/*.test.ts'], {
        testTimeout: 300_000,
        hookTimeout: 300_000,
        fileParallelism: false,
      }),
      project('long', ['test/long/**/*.test.ts'], {
        testTimeout: 1_800_000,
        hookTimeout: 600_000,
        fileParallelism: false,
      }),
    ],
  },
});
