import { lstat, open, readdir, readFile, rm } from 'node:fs/promises'
import { createConnection, createServer, type Server } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { quote } from '../../../model/value/quote.ts'
import { checksum } from '../../checksum.ts'

/** The device and inode numbers of a file. They identify the file independently of its path. */
export interface FileIdentity {
  readonly dev: bigint
  readonly ino: bigint
}

/** Whether two identities are of one file. */
export function isSameFile(one: FileIdentity, other: FileIdentity): boolean {
  return one.dev === other.dev && one.ino === other.ino
}

/** Releases a lock. */
export type Unlock = () => Promise<void>

/**
 * The maximum number of attempts to lock a file. Processes that lock the same file simultaneously can fail each other's
 * attempts.
 */
const tries = 4
/** The maximum length, in bytes, of a socket name that every system accepts. */
const longest = 100

/**
 * Whether this process runs on Windows. There a lock is a named pipe: its name is global, and only one process can
 * listen on the pipe.
 */
const isWindows = process.platform === 'win32'

/**
 * Locks a file for this process until this process unlocks the file or ends, even by a crash. Takes two locks, because
 * each lock misses cases that the other lock detects:
 *
 * - By device and inode, which are the same for every name of a file, hard links included. On Linux this lock is an
 * abstract socket, which no cleanup job can remove. An abstract socket is visible within a network namespace. On
 * Windows this lock is a named pipe, and on other systems a socket in `/tmp`.
 * - By the real path: a socket in the folder of the file, visible to all containers of one machine that share the
 * folder.
 *
 * Each process first listens on its own socket and then looks for other sockets, so of two concurrent processes at
 * least one sees the other. A socket without a listener belongs to a process that has ended. Not detected: containers
 * that open the file through different hard links, sockets removed by a cleanup job, and other machines on a network
 * file system.
 *
 * Returns `undefined` when the file is locked by this process or another.
 * @throws {Error} when a socket cannot be created
 */
export async function lockFile(path: string, file: FileIdentity): Promise<Unlock | undefined> {
  for (let tried = 1; ; tried += 1) {
    const unlock = await tryLock(path, file)
    if (unlock !== undefined || tried === tries) return unlock
    await new Promise((resolve) => {
      setTimeout(resolve, Math.random() * 30)
    })
  }
}

/** Takes every lock of a file, or none. Returns `undefined` when another process has one of the locks. */
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
    throw new Error(`cannot create the lock of ${quote(path)}`, { cause })
  }
  return giveBack
}

function locksOf(path: string, identity: string): readonly (() => Promise<Unlock | undefined>)[] {
  if (isWindows) {
    const names = [identity, `portcullis-${checksum(new TextEncoder().encode(path))}`]
    return names.map((name) => () => listenAlone(`\\\\.\\pipe\\${name}`))
  }
  return [() => listenByIdentity(identity), () => listenNear(path)]
}

/** Whether this runtime can listen on abstract sockets. Determined on first use. */
let canBeAbstract: Promise<boolean> | undefined

async function listenByIdentity(identity: string): Promise<Unlock | undefined> {
  canBeAbstract ??= process.platform === 'linux' ? tryAbstract() : Promise.resolve(false)
  return (await canBeAbstract) ? listenAlone(abstractName(identity)) : listenNear(`/tmp/${identity}`)
}

/**
 * Pads the name of an abstract socket with zeros to the full length. Some versions of Node.js do this themselves,
 * others do not.
 */
function abstractName(name: string): string {
  return `\0${name.padEnd(107, '.')}`
}

/** Tests whether abstract sockets work. Early versions of Node 20 truncate the socket name and still report success. */
async function tryAbstract(): Promise<boolean> {
  const name = abstractName(`portcullis-${crypto.randomUUID()}`)
  const unlock = await listenAlone(name).catch(() => undefined)
  const list = await readFile('/proc/net/unix', 'latin1').catch(() => '')
  await unlock?.()
  return list.includes(` @${name.slice(1)}\n`)
}

/** Locks a socket name by listening on it. Returns `undefined` when another process listens on this name. */
async function listenAlone(name: string): Promise<Unlock | undefined> {
  try {
    const server = await listen(name)
    return () => closeServer(server)
  } catch (error) {
    if (isCode(error, 'EADDRINUSE')) return undefined
    throw error
  }
}

/**
 * Locks a file by listening on a new socket in its folder. Returns `undefined` when another process has locked the
 * file.
 */
async function listenNear(path: string): Promise<Unlock | undefined> {
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

/** Returns the common prefix of the lock socket paths of a file. A checksum replaces a long file name. */
function prefixOf(path: string): string {
  const name = basename(path)
  const bytes = new TextEncoder().encode(name)
  return join(dirname(path), `${bytes.length > longest / 2 ? checksum(bytes) : name}.lock-`)
}

/** Whether another process has locked a file. Also removes the sockets of processes that have ended. */
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

/** Whether a process listens on a socket. Also returns true when the state of the socket cannot be determined. */
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

/** Calls `use` with a socket name of allowed length. On Linux a long path is shortened through `/proc/self/fd`. */
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

/** Whether the system error code of an error is `code`, for example `ENOENT`. */
function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code
}
