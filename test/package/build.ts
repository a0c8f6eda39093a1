import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { TestProject } from 'vitest/node'
import { root } from './source.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Everything that the build printed. */
    buildOutput: string
  }
}

/** Builds `dist` once, before the first package test. CI builds it itself, and names the file with the output. */
export function setup(project: TestProject): void {
  const { PORTCULLIS_BUILD_OUTPUT: output } = process.env
  if (output !== undefined) {
    project.provide('buildOutput', readFileSync(output, 'utf8'))
    return
  }
  const { stdout, stderr, status } = spawnSync('npm', ['run', 'build'], { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`the build failed\n${stdout}\n${stderr}`)
  project.provide('buildOutput', stdout + stderr)
}
