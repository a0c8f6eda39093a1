import { lstat, open, readdir, readFile, rm } from 'node:fs/promises'
import { createConnection, createServer, type Server } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { quote } from '../../model/value/quote.ts'
import { LedgerError } from '../../port/ledger-error.ts'
import { checksum } from './checksum.ts'

/** What a file is, by whatever path it was opened. */
export interface FileIdentity {
  readonly dev: bigint
  readonly ino: bigint
}

type Unlock = () => Promise<void>

/** How often it is tried to be the only one, when several try at once. */
const tries = 4
/** The longest name of a socket that every system takes, in bytes. */
const longest = 100

/** There a pipe has one name for all processes, and only one of them can listen on it. */
const isWindows = process.platform === 'win32'

/**
 * Keeps a file for one process until it is given back or the process is gone, however it went. Two locks are taken, since
 * neither sees everything:
 *
 * - By device and inode, which a file has under every name, hard links included. On Linux it is an abstract socket, which no
 *   cleaner can remove, and which processes see that share a network namespace. Elsewhere it is a socket in `/tmp`, or a
 *   named pipe on Windows.
 * - By the real path: a socket beside the file, which is seen across containers of one machine that share the folder.
 *
 * Each process listens on a socket of its own beside the file, and only then looks for others: of two at once at least one
 * sees the other. A socket on which no process listens belongs to one that is gone. What neither lock sees: containers that
 * reach the file by different hard links, or whose socket a cleaner removed; and other machines, on a network file system.
 * @throws {LedgerError} when it is taken, by this process or another
 */
export async function lockFile(path: string, file: FileIdentity): Promise<Unlock> {
  for (let tried = 1; ; tried += 1) {
    const unlock = await tryLock(path, file)
    if (unlock !== undefined) return unlock
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

/** Takes every lock of a file, or none. */
async function tryLock(path: string, { dev, ino }: FileIdentity): Promise<Unlock | undefined> {
  const identity = `portcullis-${dev}-${ino}`
  const taken: Unlock[] = []
  const giveBack = async (): Promise<void> => {
    for (const unlock of taken.splice(0)) await unlock()
  }
  try {
    for (const lock of locksOf(path, identity)) {
      const unlock = await lock()
      if (unlock === undefined) {
        await giveBack()
        return undefined
      }
      taken.push(unlock)
    }
  } catch (cause) {
    await giveBack()
    throw new LedgerError('ledger_unavailable', 'not_applied', `the lock of ${quote(path)} cannot be made`, { cause })
  }
  return giveBack
}

function locksOf(path: string, identity: string): readonly (() => Promise<Unlock | undefined>)[] {
  if (isWindows) {
    const names = [identity, `portcullis-${checksum(new TextEncoder().encode(path))}`]
    return names.map((name) => () => listenAlone(`\\\\.\\pipe\\${name}`))
  }
  return [() => listenByIdentity(identity), () => listenBeside(path)]
}

/** Whether this runtime can listen on abstract sockets, once it was tried. */
let canBeAbstract: Promise<boolean> | undefined

async function listenByIdentity(identity: string): Promise<Unlock | undefined> {
  canBeAbstract ??= process.platform === 'linux' ? tryAbstract() : Promise.resolve(false)
  return (await canBeAbstract) ? listenAlone(abstractName(identity)) : listenBeside(`/tmp/${identity}`)
}

/** A name of the full length: versions of Node differ in whether they fill up a shorter one with zeros. */
function abstractName(name: string): string {
  return `\0${name.padEnd(107, '.')}`
}

/** Early versions of Node 20 cut off the name, listen on what is left, the same for all, and report success. */
async function tryAbstract(): Promise<boolean> {
  const name = abstractName(`portcullis-${crypto.randomUUID()}`)
  const unlock = await listenAlone(name).catch(() => undefined)
  const list = await readFile('/proc/net/unix', 'latin1').catch(() => '')
  await unlock?.()
  return list.includes(` @${name.slice(1)}\n`)
}

/** Listens under a name that one process at a time can have, and that goes with the process. */
async function listenAlone(name: string): Promise<Unlock | undefined> {
  try {
    const server = await listen(name)
    return () => closeServer(server)
  } catch (error) {
    if (isCode(error, 'EADDRINUSE')) return undefined
    throw error
  }
}

/** Listens beside a file, under a name of its own, unless another process listens there. */
async function listenBeside(path: string): Promise<Unlock | undefined> {
  const socket = `${prefixOf(path)}${crypto.randomUUID().slice(0, 8)}`
  const server = await withName(socket, listen)
  const unlock = async (): Promise<void> => {
    await closeServer(server)
    await rm(socket, { force: true })
  }
  try {
    if (!(await hasOther(socket, path))) return unlock
  } catch (error) {
    await unlock()
    throw error
  }
  await unlock()
  return undefined
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
  })
}

/** What the sockets beside a file have in common. Of a long name a checksum is left. */
function prefixOf(path: string): string {
  const name = basename(path)
  const bytes = new TextEncoder().encode(name)
  return join(dirname(path), `${bytes.length > longest / 2 ? checksum(bytes) : name}.lock-`)
}

/** Whether another process listens beside a file. Sockets that processes left behind are removed. */
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

function listen(name: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((other) => other.destroy())
    server.once('error', reject)
    server.listen({ path: name, exclusive: true }, () => resolve(server.unref()))
  })
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
  if (new TextEncoder().encode(socket).length <= longest) return use(socket)
  if (process.platform !== 'linux') throw new Error(`the name of a socket has at most ${longest} bytes`)
  const folder = await open(dirname(socket), 'r')
  try {
    return await use(`/proc/self/fd/${folder.fd}/${basename(socket)}`)
  } finally {
    await folder.close()
  }
}

/** Whether an error of the system has a code. */
function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code
}
