import { snapshotSchema } from '../../model/snapshot/snapshot.ts'
import { snapshotParts } from '../../model/snapshot/snapshot-parts.ts'
import type { State } from '../../model/state/state.ts'
import type { Repository } from '../../port/repository.ts'
import { messageOf } from '../notice/message.ts'
import type { EngineNotice } from '../notice/notice.ts'
import { pause, waitAtMost, yieldToOthers } from '../time/wait.ts'

export interface SnapshotWriterOptions {
  readonly repository: Repository
  readonly every: number
  readonly notify: (notice: EngineNotice) => void
  /** Resolves with whether everything up to a version is booked in the ledger. */
  readonly isBooked: (version: number) => Promise<boolean>
}

/**
 * Stores a snapshot after every `every` events, so that opening the policy reads few events. A snapshot is never later than the
 * events that are booked in the ledger, because booking reads the events after the snapshot.
 */
export class SnapshotWriter {
  readonly #options: SnapshotWriterOptions
  readonly #closing = new AbortController()
  #last = 0
  #writing: Promise<void> | undefined

  constructor(options: SnapshotWriterOptions) {
    this.#options = options
  }

  /** Notes the version of the newest stored snapshot. */
  opened(version: number): void {
    this.#last = Math.max(this.#last, version)
  }

  /**
   * Notes the current state. The engine that committed the last event stores the snapshot; the others only if it has not
   * after as many events again.
   */
  note(state: State, isOwn: boolean): void {
    const due = this.#last + this.#options.every * (isOwn ? 1 : 2)
    if (state.version < due || this.#writing !== undefined || this.#closing.signal.aborted) return
    this.#writing = this.#write(state).finally(() => {
      this.#writing = undefined
    })
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await waitAtMost(this.#writing, 1_000)
  }

  async #write(state: State): Promise<void> {
    const { repository, isBooked, notify } = this.#options
    const { version } = state
    try {
      while (!(await isBooked(version))) {
        await pause(250, this.#closing.signal, false)
        if (this.#closing.signal.aborted) return
      }
      const parts: string[] = []
      for (const part of snapshotParts(state)) {
        parts.push(part)
        if (this.#closing.signal.aborted) return
        await yieldToOthers()
      }
      await repository.saveSnapshot({ version, schema: snapshotSchema, parts })
      this.#last = version
    } catch (error) {
      // Tries again after as many events.
      this.#last = version
      notify({ type: 'snapshot_failed', version, message: messageOf(error) })
    }
  }
}
