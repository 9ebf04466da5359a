import { defineConfig } from 'vitest/config';

const never = ['**/node_modules/**', '**/.thaw/**'];

export default defineConfig({
  test: {
    // One process a file: TensorFlow and servers are not shared.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['{packages,apps,workers}/*/test/**/*.test.ts', '{db,infra}/test/**/*.test.ts'], exclude: never, maxWorkers: 2, sequence: { groupOrder: 0 } },
      },
      {
        // After the others and one file at a time: each starts servers, and some of them train.
        extends: true,
        test: { name: 'integration', include: ['test/**/*.test.ts'], exclude: never, fileParallelism: false, hookTimeout: 120_000, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
