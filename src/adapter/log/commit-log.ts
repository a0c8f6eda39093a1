import { freeze } from '../../model/value/freeze.ts'
import type { Commit, Committed, CommittedCommand, Recorded, StoredEvent } from '../../port/repository.ts'

/** The largest number of events in a batch of whole commits, unless one commit has more. */
const batchLimit = 1_000

/** The commits after a version, in memory, with the index of their command ids. */
export class CommitLog {
  /** The version before the first event. */
  base = 0
  readonly events: Recorded[] = []
  readonly commands = new Map<string, CommittedCommand>()
  /** The version after each commit, ascending. */
  readonly #ends: number[] = []

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
    const after = this.version
    const copies = events.map((event) => JSON.parse(JSON.stringify(event)) as StoredEvent)
    const id = command === undefined ? {} : { command: command.id }
    for (const [i, event] of copies.entries()) {
      this.events.push(freeze({ version: after + i + 1, schema, event, ...id }))
    }
    const { version } = this
    if (version > after) this.#ends.push(version)
    if (command !== undefined) this.commands.set(command.id, freeze({ after, version, digest: command.digest }))
    return { type: 'committed', after, version, replay: false }
  }

  /**
   * Begins an empty log at a version.
   * @throws {RangeError} when the log is not empty
   */
  beginAt(version: number): void {
    if (this.version > 0) throw this.outside(version)
    this.base = version
  }

  /**
   * Returns the events of the next whole commits after a version, or an empty list when there are none.
   * @throws {RangeError} when the version is before the beginning of the log
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
    return new RangeError(`the log has versions from ${this.base} to ${this.version}, not ${version}; load again`)
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
