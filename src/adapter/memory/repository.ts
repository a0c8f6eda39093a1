import type { Event } from '../../change/message/event.ts'
import type { Snapshot } from '../../model/snapshot/snapshot.ts'
import { Defect } from '../../model/value/defect.ts'
import { freeze } from '../../model/value/freeze.ts'
import type { Committed, Loaded, Recorded, Repository, Watch } from '../../port/repository.ts'

export interface MemoryRepositoryOptions<Stored = Event> {
  /** Where the log begins; without it at the empty state. Kept as it is: give one that nobody changes. */
  readonly snapshot?: Snapshot
  /** The events after the snapshot. */
  readonly events?: readonly Stored[]
}

/** A repository for one process, gone with it. Its memory grows with the log; a watch costs nothing however far behind. */
export function createMemoryRepository<Stored = Event>(
  options: MemoryRepositoryOptions<Stored> = {},
): Repository<Stored> {
  return new MemoryRepository(options)
}

class MemoryRepository<Stored> implements Repository<Stored> {
  readonly #log: Log<Stored>
  readonly #snapshot: Snapshot | undefined
  readonly #commands = new Map<string, { readonly start: number; readonly end: number }>()

  constructor({ snapshot, events = [] }: MemoryRepositoryOptions<Stored>) {
    this.#snapshot = snapshot
    this.#log = { base: snapshot?.version ?? 0, events: [], waiting: new Set() }
    append(this.#log, events)
  }

  async load(): Promise<Loaded<Stored>> {
    const loaded = { events: [...this.#log.events], version: versionOf(this.#log) }
    return this.#snapshot === undefined ? loaded : { snapshot: this.#snapshot, ...loaded }
  }

  /** No `await` stands between the check of the version and the write, so of two callers one wins. */
  async commit(events: readonly Stored[], expectedVersion: number, commandId?: string): Promise<Committed> {
    const version = versionOf(this.#log)
    const first = commandId === undefined ? undefined : this.#commands.get(commandId)
    if (first !== undefined) {
      const stored = this.#log.events.slice(first.start - this.#log.base, first.end - this.#log.base)
      return { type: isSame(stored, events) ? 'committed' : 'command_id_reused', version: first.end }
    }
    if (version !== expectedVersion) return { type: 'conflict', version }
    append(this.#log, events)
    const end = versionOf(this.#log)
    if (commandId !== undefined) this.#commands.set(commandId, { start: version, end })
    return { type: 'committed', version: end }
  }

  watch(fromVersion: number): Watch<Stored> {
    return new MemoryWatch(this.#log, fromVersion)
  }
}

/** The events after version `base`, and who waits for more. */
interface Log<Stored> {
  readonly base: number
  readonly events: Stored[]
  readonly waiting: Set<MemoryWatch<Stored>>
}

function versionOf<Stored>({ base, events }: Log<Stored>): number {
  return base + events.length
}

/** Stores what a JSON column would: a copy that nobody can change. */
function append<Stored>(log: Log<Stored>, events: readonly Stored[]): void {
  const copies = events.map((event) => freeze(JSON.parse(JSON.stringify(event)) as Stored))
  for (const copy of copies) log.events.push(copy)
  for (const watch of [...log.waiting]) watch.deliver()
}

/** Whether both are the same JSON, in whatever order keys were written. */
function isSame(stored: readonly unknown[], events: readonly unknown[]): boolean {
  return JSON.stringify(stored, sortKeys) === JSON.stringify(events, sortKeys)
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

type Answer<Stored> = IteratorResult<Recorded<Stored>, undefined>

/**
 * A place in the log. Written out, since a generator would leave `return` waiting behind a `next` that waits.
 * The log knows of it only while a `next` waits, so one that is dropped without `return` is forgotten.
 */
class MemoryWatch<Stored> implements Watch<Stored> {
  readonly #log: Log<Stored>
  readonly #asked: ((answer: Answer<Stored>) => void)[] = []
  #version: number
  #isEnded = false

  constructor(log: Log<Stored>, fromVersion: number) {
    this.#log = log
    this.#version = fromVersion
  }

  async next(): Promise<Answer<Stored>> {
    if (this.#isEnded) return { done: true, value: undefined }
    if (!Number.isSafeInteger(this.#version) || this.#version < this.#log.base) {
      this.#isEnded = true
      throw new Defect(`no events after version ${this.#version}, the log begins at ${this.#log.base}; load again`)
    }
    return new Promise((resolve) => {
      this.#asked.push(resolve)
      this.#log.waiting.add(this)
      this.deliver()
    })
  }

  async return(): Promise<Answer<Stored>> {
    this.#isEnded = true
    this.#log.waiting.delete(this)
    for (const resolve of this.#asked.splice(0)) resolve({ done: true, value: undefined })
    return { done: true, value: undefined }
  }

  /** Answers whoever asked, one event each, as far as the log reaches. */
  deliver(): void {
    while (this.#asked.length > 0 && this.#version < versionOf(this.#log)) {
      const event = this.#log.events[this.#version - this.#log.base] as Stored
      this.#version += 1
      this.#asked.shift()?.({ done: false, value: { version: this.#version, event } })
    }
    if (this.#asked.length === 0) this.#log.waiting.delete(this)
  }

  [Symbol.asyncIterator](): Watch<Stored> {
    return this
  }
}
