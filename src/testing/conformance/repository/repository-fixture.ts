import type {
  CommandKey,
  Committed,
  Recorded,
  Repository,
  RepositoryCapabilities,
  StoredEvent,
  StoredSnapshot,
  Watch,
} from '../../../port/repository.ts'
import { expectSame } from '../assert.ts'
import type { ConformanceCase } from '../case.ts'

/** A fresh, empty repository for one case. */
export interface RepositoryUnderTest {
  readonly repository: Repository
  /**
   * Ends the repository abruptly, unless the case has already closed it. Returns a reopened instance of the same
   * repository. Required with `isDurable`.
   */
  crash?(): Promise<Repository>
  /** Opens the same repository a second time, as another process would. Required with `isShared`. */
  open?(): Promise<Repository>
  /** Releases every resource, including all repositories that were opened. */
  close(): Promise<void>
}

export type MakeRepository = () => Promise<RepositoryUnderTest>

/** The capabilities that an adapter claims. The suite tests every claimed capability. */
export type RepositoryClaims = RepositoryCapabilities

/** The instant of the first event of each case: 2026-10-01T00:00Z. */
export const start = Date.UTC(2026, 9, 1)

/** Events whose users have the given ids, one second apart. The ids break lookup tables that are plain objects. */
export function events(...users: readonly string[]): readonly StoredEvent[] {
  return users.map((user, i) => {
    const event = {
      type: 'UserCreated',
      actor: { type: 'system' },
      at: start + i * 1_000,
      user,
      metered: false,
    } as const
    return event
  })
}

/** The users of recorded events, with their versions, such as `2 ann`. */
export function summary(recorded: readonly Recorded[]): readonly string[] {
  return recorded.map(({ version, event }) => `${version} ${(event as StoredEvent & { user?: string }).user}`)
}

/** A snapshot of a version. A repository does not read the parts. */
export function snapshotAt(version: number, ...parts: readonly string[]): StoredSnapshot {
  return { version, schema: 1, parts: parts.length === 0 ? [`{"version":${version}}`] : parts }
}

/** The repository of one case, with helpers for the calls and checks that most cases share. */
export class RepositoryFixture {
  readonly test: RepositoryUnderTest
  repository: Repository

  constructor(test: RepositoryUnderTest) {
    this.test = test
    this.repository = test.repository
  }

  /** Commits events of users. */
  async commit(users: readonly string[], expectedVersion: number, command?: CommandKey): Promise<Committed> {
    const key = command === undefined ? {} : { command }
    return await this.repository.commit({ events: events(...users), schema: 1, expectedVersion, ...key })
  }

  /** Commits one event for each user, one commit each, from the current version on. */
  async commitEach(...users: readonly string[]): Promise<void> {
    let version = await this.repository.version()
    for (const user of users) {
      expectSame(await this.commit([user], version), committed(version, version + 1), `the commit of ${user}`)
      version += 1
    }
  }

  /** Expects the whole log to have these users, in order, from version 1 on. */
  async expectUsers(...users: readonly string[]): Promise<void> {
    const { events: recorded, version } = await this.repository.load()
    expectSame(
      summary(recorded),
      users.map((user, i) => `${i + 1} ${user}`),
      'the log',
    )
    expectSame(version, users.length, 'the version of the log')
  }
}

/** The result of a commit that stored its events. */
export function committed(after: number, version: number, replay = false): Committed {
  return { type: 'committed', after, version, replay }
}

/**
 * Reads a watch until it has reached a version. Fails after `timeout` milliseconds without an event.
 */
export async function readUntil(watch: Watch, version: number, timeout = 15_000): Promise<readonly Recorded[]> {
  const read: Recorded[] = []
  while ((read.at(-1)?.version ?? 0) < version) {
    const { value } = await within(watch.next(), timeout, `version ${version} of the watch`)
    if (value === undefined) break
    read.push(...value)
  }
  return read
}

/** Rejects when a promise does not settle in time. */
export async function within<T>(promise: Promise<T>, timeout: number, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing within ${timeout} ms`)), timeout)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Conformance cases by name. Each case is a function of a fresh fixture. */
export type RepositoryCases = Readonly<Record<string, (fixture: RepositoryFixture) => Promise<void>>>

/** Converts named functions to conformance cases. Each case runs on a fresh repository. */
export function casesOf(make: MakeRepository, chapter: string, cases: RepositoryCases): readonly ConformanceCase[] {
  return Object.entries(cases).map(([name, run]) => ({
    name: `${chapter}: ${name}`,
    run: async () => {
      const test = await make()
      try {
        await run(new RepositoryFixture(test))
      } finally {
        await test.close()
      }
    },
  }))
}
