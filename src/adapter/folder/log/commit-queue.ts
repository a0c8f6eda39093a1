import type { Commit, Committed, CommittedCommand, StoredEvent } from '../../../port/repository.ts'
import { RepositoryError } from '../../../port/repository-error.ts'
import type { CommitLog } from '../../log/commit-log.ts'
import { commitLine, formatLine } from './log-line.ts'
import type { LogWriter, NewLine } from './log-writer.ts'

/** A commit whose events are already JSON, so that later changes to the caller's objects have no effect. */
type PreparedCommit = Omit<Commit, 'events'> & { readonly json: string; readonly count: number }

/** The writes of one batch: decided one after the other, stored together, then applied together. */
class Draft {
  readonly lines: NewLine[] = []
  readonly #effects: (() => void)[] = []
  readonly #log: CommitLog
  readonly #storedCursors: Map<string, number>
  readonly #cursors = new Map<string, number>()
  readonly #commands = new Map<string, CommittedCommand>()
  #version: number
  size = 0

  constructor(log: CommitLog, cursors: Map<string, number>) {
    this.#log = log
    this.#storedCursors = cursors
    this.#version = log.version
  }

  /** Decides a commit against the log and the earlier commits of the batch. */
  commit(commit: PreparedCommit): Committed {
    const { json, count, schema, expectedVersion, command } = commit
    const known = command && (this.#commands.get(command.id) ?? this.#log.commands.get(command.id))
    if (known !== undefined) {
      if (known.digest !== command?.digest) return { type: 'command_id_reused' }
      return { type: 'committed', after: known.after, version: known.version, replay: true }
    }
    const after = this.#version
    if (expectedVersion !== after) return { type: 'conflict', version: after }
    const version = after + count
    if (command !== undefined) this.#commands.set(command.id, { after, version, digest: command.digest })
    this.#version = version
    if (count > 0 || command !== undefined) {
      const add = () => this.#log.add({ after, schema, command, events: JSON.parse(json) as readonly StoredEvent[] })
      this.#add(commitLine(after, schema, command, json), add)
    }
    return { type: 'committed', after, version, replay: false }
  }

  /** Moves a cursor forwards. */
  advance(cursor: string, version: number): void {
    const current = this.#cursors.get(cursor) ?? this.#storedCursors.get(cursor) ?? 0
    if (version <= current) return
    this.#cursors.set(cursor, version)
    this.#add(formatLine({ cursor, version }), () => this.#storedCursors.set(cursor, version))
  }

  /** Applies the writes in memory. Call it after they are stored. */
  apply(): void {
    for (const effect of this.#effects) effect()
  }

  #add(text: string, effect: () => void): void {
    this.lines.push({ text, version: this.#version })
    this.#effects.push(effect)
    this.size += text.length
  }
}

interface Job {
  /** Decides the write, and returns the function that resolves its promise. */
  readonly decide?: (draft: Draft) => () => void
  /** Runs between two batches. Settles its promise itself. */
  readonly runAlone?: () => Promise<void>
  readonly reject: (error: unknown) => void
}

/** The number of characters after which a batch is closed. */
const batchSize = 4_000_000

/**
 * Stores writes in the order of the calls. Writes that wait for an earlier batch share the next batch: one append and one
 * `fdatasync`. The log in memory has a write only after it is stored.
 */
export class CommitQueue {
  readonly #writer: LogWriter
  readonly #log: CommitLog
  readonly #cursors: Map<string, number>
  readonly #onCommits: () => void
  #jobs: Job[] = []
  #isRunning = false

  /** Creates a queue. Calls `onCommits` after each batch. */
  constructor(writer: LogWriter, log: CommitLog, cursors: Map<string, number>, onCommits: () => void) {
    this.#writer = writer
    this.#log = log
    this.#cursors = cursors
    this.#onCommits = onCommits
  }

  /** Decides a write, and resolves to the result after the write and everything that it depends on is stored. */
  write<T>(decide: (draft: Draft) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const decideLater = (draft: Draft) => {
        const result = decide(draft)
        return () => resolve(result)
      }
      this.#enqueue({ decide: decideLater, reject })
    })
  }

  /** Runs a function while no batch is written. */
  alone<T>(run: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#enqueue({ runAlone: () => run().then(resolve, reject), reject })
    })
  }

  #enqueue(job: Job): void {
    this.#jobs.push(job)
    if (!this.#isRunning) void this.#run()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    // Lets the callers that run at the same time join the first batch.
    await undefined
    while (this.#jobs.length > 0) {
      if (this.#writer.failure !== undefined) this.#refuse()
      else if (this.#jobs[0]?.runAlone !== undefined) await this.#jobs.shift()?.runAlone?.()
      else await this.#writeBatch()
    }
    this.#isRunning = false
  }

  async #writeBatch(): Promise<void> {
    const draft = new Draft(this.#log, this.#cursors)
    const batch: { readonly job: Job; readonly resolve: () => void }[] = []
    for (const job of this.#jobs) {
      if (job.decide === undefined || draft.size >= batchSize) break
      batch.push({ job, resolve: job.decide(draft) })
    }
    this.#jobs = this.#jobs.slice(batch.length)
    try {
      if (draft.lines.length > 0) await this.#writer.append(draft.lines)
    } catch (cause) {
      const message = 'the repository could not be written; open it again, then repeat the write'
      for (const { job } of batch) {
        job.reject(new RepositoryError('repository_unavailable', 'unknown', message, { cause }))
      }
      return
    }
    draft.apply()
    for (const { resolve } of batch) resolve()
    if (draft.lines.length > 0) this.#onCommits()
  }

  /** Rejects all waiting writes after a failed append. */
  #refuse(): void {
    const cause = this.#writer.failure
    const message = 'an earlier write of the repository has failed; open it again'
    for (const { reject } of this.#jobs.splice(0)) {
      reject(new RepositoryError('repository_unavailable', 'not_applied', message, { cause }))
    }
  }
}
