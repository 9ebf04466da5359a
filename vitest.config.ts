import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // One process a file: TensorFlow and servers are not shared. Two cores: files one after the other where they compute.
    pool: 'forks',
    include: ['**/test/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    testTimeout: 30_000,
  },
});
