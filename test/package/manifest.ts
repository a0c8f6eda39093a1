import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './source.ts'

interface Target {
  readonly types: string
  readonly default: string
}

/** The conditions of runtimes without Node.js, which resolve to the portable build, or to nothing. */
export const portableConditions = ['workerd', 'deno', 'browser'] as const

interface Conditions {
  readonly import: Target & { readonly [condition in (typeof portableConditions)[number]]: string | null }
  readonly require: Target
}

interface Manifest {
  readonly main: string
  readonly module: string
  readonly types: string
  readonly typesVersions: { readonly '*': Readonly<Record<string, readonly string[]>> }
  readonly exports: Readonly<Record<string, Conditions | string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>
}

/** The package.json. */
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest

/** One entry point of the package. */
export interface Entry {
  readonly specifier: string
  readonly conditions: Conditions
}

/** Every entry point with code: `portcullis`, `portcullis/memory`, … */
export const entries: readonly Entry[] = Object.entries(manifest.exports).flatMap(([path, conditions]) =>
  typeof conditions === 'string' ? [] : [{ specifier: path.replace('.', 'portcullis'), conditions }],
)
