import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'

/** Runs a command to its end and returns its output. */
export function run(command: string, parameters: readonly string[], cwd?: string): string {
  const { stdout, stderr, status, error } = spawnSync(command, parameters, { cwd, encoding: 'utf8' })
  if (status !== 0)
    throw new Error(`\`${command} ${parameters.join(' ')}\` failed\n${stdout}\n${stderr}`, { cause: error })
  return stdout
}

/**
 * Returns the binary of a runtime from npm, and installs it first if needed. It is no dependency of the package: the binary
 * `node` of a dependency takes the place of Node.js in every npm script.
 */
export function installRuntime(name: string, version: string): string {
  const prefix = resolve('node_modules/.cache', `${name}-${version}`)
  const manifest = join(prefix, 'node_modules', name, 'package.json')
  if (
    !existsSync(manifest) ||
    (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version !== version
  ) {
    mkdirSync(prefix, { recursive: true })
    run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', prefix, `${name}@${version}`])
  }
  return join(prefix, 'node_modules/.bin', name)
}

/** Returns the path of the first of these commands that is installed. */
export function findCommand(names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path))
}

/** Packs the built package and installs the tarball into an empty project. */
export function installPackage(project: string): void {
  const [packed] = JSON.parse(run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', project])) as {
    readonly filename: string
  }[]
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', `./${packed?.filename}`], project)
}
