import type { Event } from '../../change/message/event.ts'
import type { Snapshot } from '../../model/snapshot/snapshot.ts'
import { Defect } from '../../model/value/defect.ts'
import { freeze } from '../../model/value/freeze.ts'
import type { Committed, Loaded, Recorded, Repository, Watch } from '../../port/repository.ts'

export interface MemoryRepositoryOptions<Stored = Event> {
  /**
   * The state before the first event. Default: the empty state. The snapshot is not copied, so do not change the
   * object.
   */
  readonly snapshot?: Snapshot
  /** The events after the snapshot. Default: no events. */
  readonly events?: readonly Stored[]
}

/**
 * Creates a repository in the memory of one process. Memory use grows with the number of events. A slow watch needs no
 * buffer of its own.
 */
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

  /** Appends events at an expected version. Atomic, because no `await` separates the version check from the append. */
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

/** The event log: the events after version `base`, and the watches that wait for the next event. */
interface Log<Stored> {
  readonly base: number
  readonly events: Stored[]
  readonly waiting: Set<MemoryWatch<Stored>>
}

function versionOf<Stored>({ base, events }: Log<Stored>): number {
  return base + events.length
}

/** Appends frozen copies of events to the log. A copy is the result of a JSON round trip, as in a JSON column. */
function append<Stored>(log: Log<Stored>, events: readonly Stored[]): void {
  const copies = events.map((event) => freeze(JSON.parse(JSON.stringify(event)) as Stored))
  for (const copy of copies) log.events.push(copy)
  for (const watch of [...log.waiting]) watch.deliver()
}

/** Whether two lists of events are equal as JSON. The order of keys in an object does not matter. */
function isSame(stored: readonly unknown[], events: readonly unknown[]): boolean {
  return JSON.stringify(stored, sortKeys) === JSON.stringify(events, sortKeys)
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

type Answer<Stored> = IteratorResult<Recorded<Stored>, undefined>

/**
 * A watch of the event log, with its own position. Not a generator, because the `return` of a generator waits behind a
 * pending `next`. The log refers to a watch only while a `next` is pending, so a watch dropped without `return` is
 * garbage collected.
 */
class MemoryWatch<Stored> implements Watch<Stored> {
  readonly #log: Log<Stored>
  readonly #pending: ((answer: Answer<Stored>) => void)[] = []
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
      this.#pending.push(resolve)
      this.#log.waiting.add(this)
      this.deliver()
    })
  }

  async return(): Promise<Answer<Stored>> {
    this.#isEnded = true
    this.#log.waiting.delete(this)
    for (const resolve of this.#pending.splice(0)) resolve({ done: true, value: undefined })
    return { done: true, value: undefined }
  }

  /** Resolves pending calls of `next`, one event each, until the calls or the events run out. */
  deliver(): void {
    while (this.#pending.length > 0 && this.#version < versionOf(this.#log)) {
      const event = this.#log.events[this.#version - this.#log.base] as Stored
      this.#version += 1
      this.#pending.shift()?.({ done: false, value: { version: this.#version, event } })
    }
    if (this.#pending.length === 0) this.#log.waiting.delete(this)
  }

  [Symbol.asyncIterator](): Watch<Stored> {
    return this
  }
}
