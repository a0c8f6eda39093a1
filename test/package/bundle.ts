import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { packageOf, root } from './source.ts'

/** Bundles a built file with its chunks, as an application that imports it does. */
export function bundle(path: string) {
  return buildSync({
    entryPoints: [join(root, path)],
    bundle: true,
    packages: 'external',
    platform: 'neutral',
    logLevel: 'silent',
    write: false,
    metafile: true,
  })
}

/** The packages that a built file imports, directly or through its chunks. */
export function packagesOf(path: string): readonly string[] {
  const { metafile } = bundle(path)
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports)
  return [...new Set(imports.map((imported) => packageOf(imported.path)))].sort()
}
