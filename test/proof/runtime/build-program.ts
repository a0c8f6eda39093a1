import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { build } from 'esbuild'

type Target = null | string | { readonly [condition: string]: Target }

/** The file of each entry point by its specifier, as a path relative to the project. */
export type PackageFiles = Readonly<Record<string, string>>

/**
 * Returns the file of each entry point that a runtime with these conditions imports. As in every resolver, the first key that
 * applies counts, in the order of package.json.
 */
export function filesOf(project: string, conditions: readonly string[]): PackageFiles {
  const manifest = readFileSync(join(project, 'node_modules/portcullis/package.json'), 'utf8')
  const { exports } = JSON.parse(manifest) as { readonly exports: Readonly<Record<string, Target>> }
  const resolve = (target: Target): string | null | undefined => {
    if (typeof target === 'string' || target === null) return target
    return Object.entries(target)
      .filter(([condition]) => condition === 'default' || conditions.includes(condition))
      .map(([, nested]) => resolve(nested))
      .find((file) => file !== undefined)
  }
  const files = Object.entries(exports).map(([path, target]) => [path.replace('.', 'portcullis'), resolve(target)])
  return Object.fromEntries(
    files.flatMap(([specifier, file]) =>
      file ? [[specifier, `./${posix.join('node_modules/portcullis', file)}`]] : [],
    ),
  )
}

/** Builds a program of this folder into the project, without the package: `files` replaces the specifiers of entry points. */
export async function buildProgram(project: string, name: string, files: PackageFiles = {}): Promise<string> {
  const program = `${name}.mjs`
  await build({
    entryPoints: [`test/proof/runtime/${name}.ts`],
    outfile: join(project, program),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    external: ['node:*'],
    plugins: [
      {
        name: 'package',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^portcullis(\/|$)/ }, ({ path }) => ({ path: files[path] ?? path, external: true })),
      },
    ],
  })
  return program
}
