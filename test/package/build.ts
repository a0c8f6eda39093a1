import { spawnSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'
import { root } from './source.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Everything that the build printed. */
    buildOutput: string
  }
}

/** Builds `dist` once, before the first package test. */
export function setup(project: TestProject): void {
  const { stdout, stderr, status } = spawnSync('npm', ['run', 'build'], { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`the build failed\n${stdout}\n${stderr}`)
  project.provide('buildOutput', stdout + stderr)
}
