import { lstat, open, readdir, rm } from 'node:fs/promises'
import { createConnection, createServer, type Server } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { quote } from '../../model/value/quote.ts'
import { LedgerError } from '../../port/ledger-error.ts'
import { checksum } from './checksum.ts'

/** How often it is tried to be the only one, when several try at once. */
const tries = 4
/** The longest name of a socket that every system takes, in bytes. */
const longest = 100

/** There a pipe has one name for all, and nobody listens on it twice. */
const isWindows = process.platform === 'win32'

/**
 * Keeps a file for one process of this machine, containers that share the folder included, until it is given back or the
 * process is gone, however it went. Whoever wants the file listens on a socket beside it, under a name of its own, and only
 * then looks who else does: of two at once at least one sees the other. A socket that nobody listens on is of one who is gone.
 * @throws {LedgerError} when it is taken, by this process or another
 */
export async function lockFile(path: string): Promise<() => Promise<void>> {
  for (let tried = 1; ; tried += 1) {
    const giveBack = await tryLock(path)
    if (giveBack !== undefined) return giveBack
    if (tried === tries)
      throw new LedgerError(
        'ledger_unavailable',
        'not_applied',
        `the journal ${quote(path)} is open already, in this process or another`,
      )
    await new Promise((resolve) => {
      setTimeout(resolve, Math.random() * 30)
    })
  }
}

async function tryLock(path: string): Promise<(() => Promise<void>) | undefined> {
  const socket = isWindows
    ? `\\\\.\\pipe\\portcullis-${checksum(new TextEncoder().encode(path))}`
    : `${prefixOf(path)}${crypto.randomUUID().slice(0, 8)}`
  const server = await listen(socket).catch((cause: unknown) => {
    if (isCode(cause, 'EADDRINUSE')) return undefined
    throw new LedgerError('ledger_unavailable', 'not_applied', `the lock ${quote(socket)} cannot be made`, { cause })
  })
  if (server === undefined) return undefined
  const giveBack = async (): Promise<void> => {
    await new Promise((resolve) => {
      server.close(resolve)
    })
    if (!isWindows) await rm(socket, { force: true })
  }
  try {
    if (isWindows || !(await hasOther(socket, path))) return giveBack
  } catch (cause) {
    await giveBack()
    throw new LedgerError('ledger_unavailable', 'not_applied', `the lock ${quote(socket)} cannot be made`, { cause })
  }
  await giveBack()
  return undefined
}

/** What the sockets beside a file have in common. Of a long name a checksum is left. */
function prefixOf(path: string): string {
  const name = basename(path)
  const bytes = new TextEncoder().encode(name)
  return join(dirname(path), `${bytes.length > longest / 2 ? checksum(bytes) : name}.lock-`)
}

/** Whether anybody else listens beside a file. What was left behind by those who are gone is removed. */
async function hasOther(own: string, path: string): Promise<boolean> {
  const prefix = basename(prefixOf(path))
  for (const name of await readdir(dirname(path))) {
    const other = join(dirname(path), name)
    if (!name.startsWith(prefix) || !/^[0-9a-f]{8}$/.test(name.slice(prefix.length)) || name === basename(own)) continue
    if (!(await lstat(other).catch(() => undefined))?.isSocket()) continue
    if (await isListening(other)) return true
    await rm(other, { force: true })
  }
  return false
}

function listen(socket: string): Promise<Server> {
  return withName(
    socket,
    (name) =>
      new Promise((resolve, reject) => {
        const server = createServer((other) => other.destroy())
        server.once('error', reject)
        server.listen({ path: name, exclusive: true }, () => resolve(server.unref()))
      }),
  )
}

/** Whether a process listens. Where that cannot be found out, it is taken to. */
function isListening(socket: string): Promise<boolean> {
  return withName(
    socket,
    (name) =>
      new Promise((resolve) => {
        const connection = createConnection(name)
        connection.once('connect', () => {
          connection.destroy()
          resolve(true)
        })
        connection.once('error', (error) => resolve(!isCode(error, 'ECONNREFUSED') && !isCode(error, 'ENOENT')))
      }),
  )
}

/** Uses a socket by a name that is not too long for the system: on Linux there always is one, by way of its folder. */
async function withName<T>(socket: string, use: (name: string) => Promise<T>): Promise<T> {
  if (isWindows || new TextEncoder().encode(socket).length <= longest) return use(socket)
  if (process.platform !== 'linux') throw new Error(`the name of a socket has at most ${longest} bytes`)
  const folder = await open(dirname(socket), 'r')
  try {
    return await use(`/proc/self/fd/${folder.fd}/${basename(socket)}`)
  } finally {
    await folder.close()
  }
}

/** Whether an error of the system has a code. */
export function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code
}
