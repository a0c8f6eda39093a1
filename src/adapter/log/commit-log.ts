import { freeze } from '../../model/value/freeze.ts'
import type { Commit, Committed, CommittedCommand, Recorded, StoredEvent } from '../../port/repository.ts'
import { recordedOf, type StoredCommit } from './recorded.ts'

/** The largest number of events in a batch of whole commits, unless one commit has more. */
export const batchLimit = 1_000

/** Stores the commits of command ids. */
export interface Commands {
  get(id: string): CommittedCommand | undefined
  set(id: string, command: CommittedCommand): void
}

/** The commits after a version, in memory, with the index of their command ids. */
export class CommitLog {
  /** The version before the first event of the log. */
  first = 0
  /** The version before the first event in memory. */
  base = 0
  readonly events: Recorded[] = []
  readonly commands: Commands
  /** The version after each commit, ascending. */
  readonly #ends: number[] = []

  constructor(commands: Commands = new Map()) {
    this.commands = commands
  }

  get version(): number {
    return this.base + this.events.length
  }

  /** Returns the result of a commit that stores nothing, or `undefined` for one that must be appended. */
  answer({ expectedVersion, command }: Commit): Committed | undefined {
    const known = command === undefined ? undefined : this.commands.get(command.id)
    if (known !== undefined) {
      if (known.digest !== command?.digest) return { type: 'command_id_reused' }
      return { type: 'committed', after: known.after, version: known.version, replay: true }
    }
    return expectedVersion === this.version ? undefined : { type: 'conflict', version: this.version }
  }

  /** Appends the events of a commit. Stores frozen copies: the results of a JSON round trip, as in a JSON column. */
  append({ events, schema, command }: Commit): Committed {
    const copies = events.map((event) => JSON.parse(JSON.stringify(event)) as StoredEvent)
    return this.add({ after: this.version, schema, command, events: copies })
  }

  /** Adds a stored commit. Keeps only the events after `base`. */
  add(commit: StoredCommit): Committed {
    const { after, command, events } = commit
    const version = after + events.length
    for (const recorded of recordedOf(commit, Math.max(after, this.base))) this.events.push(recorded)
    if (events.length > 0 && version > this.base) this.#ends.push(version)
    if (command !== undefined) this.commands.set(command.id, freeze({ after, version, digest: command.digest }))
    return { type: 'committed', after, version, replay: false }
  }

  /** Discards the events up to a version from memory. */
  discard(version: number): void {
    this.events.splice(0, version - this.base)
    this.#ends.splice(0, this.#endAfter(version))
    this.base = version
  }

  /**
   * Begins an empty log at a version.
   * @throws {RangeError} when the log is not empty
   */
  beginAt(version: number): void {
    if (this.version > 0) throw this.outside(version)
    this.first = version
    this.base = version
  }

  /**
   * Returns the events of the next whole commits after a version, or an empty list when there are none.
   * @throws {RangeError} when the version is before the first event in memory
   */
  commitsAfter(version: number): readonly Recorded[] {
    if (!Number.isSafeInteger(version) || version < this.base) throw this.outside(version)
    if (version >= this.version) return []
    const first = this.#ends[this.#endAfter(version)] as number
    const last = this.#ends[this.#endAfter(version + batchLimit) - 1] ?? first
    return this.events.slice(version - this.base, Math.max(first, last) - this.base)
  }

  /** Creates the error for a version that the log does not have. */
  outside(version: number): RangeError {
    return new RangeError(`the log has versions from ${this.first} to ${this.version}, not ${version}; load again`)
  }

  /** Returns the index of the first commit that ends after a version. */
  #endAfter(version: number): number {
    let low = 0
    let high = this.#ends.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#ends[middle] as number) > version) high = middle
      else low = middle + 1
    }
    return low
  }
}
