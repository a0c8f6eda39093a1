import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** The runtime of Cloudflare Workers: the path of its binary. */
const { default: binary } = createRequire(import.meta.url)('workerd') as { default: string }

/** A running workerd process. */
export interface Workerd {
  readonly url: string
  /** Everything that the process wrote to its standard error. */
  errors(): string
  stop(): Promise<void>
}

/** Serves a configuration file that has one socket with port 0. */
export async function startWorkerd(config: string): Promise<Workerd> {
  const runtime = spawn(binary, ['serve', config, '--control-fd=3'], { stdio: ['ignore', 'inherit', 'pipe', 'pipe'] })
  let errors = ''
  runtime.stderr?.on('data', (chunk) => {
    errors += chunk
  })
  const stop = async () => {
    const exited = once(runtime, 'exit')
    if (runtime.kill()) await exited
  }
  const port = await portOf(runtime)
  if (port === undefined) throw new Error(`the runtime ended: ${errors}`)
  return { url: `http://127.0.0.1:${port}`, errors: () => errors, stop }
}

/** Returns the port that the runtime reports to its fourth file descriptor; `undefined` when it ends instead. */
async function portOf({ stdio }: ChildProcess): Promise<number | undefined> {
  for await (const line of createInterface({ input: stdio[3] as Readable })) {
    const { event, port } = JSON.parse(line) as { event: string; port: number }
    if (event === 'listen') return port
  }
  return undefined
}
