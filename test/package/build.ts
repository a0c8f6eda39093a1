import { execFileSync } from 'node:child_process'
import { root } from './source.ts'

/** Builds `dist` once, before the first package test. */
export function setup(): void {
  execFileSync('npm', ['run', 'build', '--silent'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
}
