import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // All cores: the default leaves one of two idle.
    maxWorkers: '100%',
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    setupFiles: ['test/register-native.ts', 'test/seed-properties.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: { include: ['src/**'], exclude: ['src/**/*.generated.ts', 'src/feeders/data/**', 'src/cases/data/**'] },
  },
});
