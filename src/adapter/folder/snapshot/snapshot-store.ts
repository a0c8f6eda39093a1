import type { StoredSnapshot } from '../../../port/repository.ts'
import { listFolder, snapshotName } from '../layout.ts'
import { removeFile } from '../open-folder.ts'
import { readSnapshot, type SnapshotHead, writeSnapshot } from './snapshot-file.ts'

/** What a snapshot file states about the log. */
export type SnapshotContext = Pick<SnapshotHead, 'first' | 'from' | 'cursors' | 'commands'>

/** The snapshots of a folder: the newest two, and the one at the beginning of the log. */
export class SnapshotStore {
  readonly #folder: string
  readonly #log: string
  #versions: readonly number[]

  /** Creates the store of a log with snapshots of these versions, ascending. */
  constructor(folder: string, log: string, versions: readonly number[]) {
    this.#folder = folder
    this.#log = log
    this.#versions = versions
  }

  /** The version of the newest snapshot, or -1. */
  get newest(): number {
    return this.#versions.at(-1) ?? -1
  }

  /** Returns the version of the newest snapshot that is not later than `version`. */
  before(version: number): number | undefined {
    return this.#versions.findLast((each) => each <= version)
  }

  /**
   * Reads a snapshot. Returns `undefined` when the snapshot was replaced by a newer one before it was opened.
   * @throws {RepositoryError} `repository_corrupt` when a line is damaged or missing
   */
  async read(version: number): Promise<StoredSnapshot | undefined> {
    const parts: string[] = []
    try {
      const { schema } = await readSnapshot(this.#folder, this.#log, version, (bytes) => parts.push(bytes.toString()))
      return { version, schema, parts }
    } catch (error) {
      if (this.#versions.includes(version)) throw error
      return undefined
    }
  }

  /** Writes a snapshot that is newer than all others, and removes the superseded ones. */
  async write(snapshot: StoredSnapshot, head: SnapshotContext): Promise<void> {
    await writeSnapshot(this.#folder, { log: this.#log, ...head }, snapshot)
    const all = [...this.#versions, snapshot.version]
    this.#versions = all.filter((version, i) => version === head.first || i >= all.length - 2)
    await this.#removeOthers()
  }

  /** A file that cannot be removed now is removed after the next snapshot. */
  async #removeOthers(): Promise<void> {
    try {
      const { snapshots } = await listFolder(this.#folder)
      for (const version of snapshots) {
        if (!this.#versions.includes(version)) await removeFile(this.#folder, snapshotName(version))
      }
    } catch {}
  }
}
