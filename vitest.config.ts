import { defineConfig } from 'vitest/config'

/**
 * The tests that start databases, those that replace modules of Node.js, and those that compare times: in a process that has
 * run many other tests, the same work can take ten times as long.
 */
const isolated = [
  ...['postgres*', 'journal-crash', 'folder-storage'].map((name) => `test/conformance/${name}.test.ts`),
  ...['ledger/growth', 'query/growth'].map((name) => `test/law/${name}.test.ts`),
]

/**
 * `law` tests the source, and shares modules between test files, since their imports would take three times as long;
 * `database` starts the databases that it needs, and isolates each file; `type` runs the compiler, which takes seconds;
 * `package` builds `dist` first and tests what is shipped. A timeout only ends a test that hangs: the slowest laws take half a
 * minute, and several times that on a busy machine.
 */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'law',
          include: ['test/**/*.test.ts'],
          exclude: ['test/package/!(tidy).test.ts', ...isolated, 'test/type/**'],
          testTimeout: 180_000,
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'database',
          include: isolated,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'type',
          include: ['test/type/**/*.test.ts'],
          testTimeout: 600_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          include: ['test/package/!(tidy).test.ts'],
          globalSetup: ['test/package/build.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
})
