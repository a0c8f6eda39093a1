import { checkedLines, fileStart, type LinePosition } from '../file/checked-line.ts'
import { corrupt, type Place } from '../file/folder-error.ts'
import type { ArchiveFile } from './journal-archive.ts'
import { checkpointName, type JournalFiles, tailName } from './journal-layout.ts'
import { journalVersion, parseCheckpointHead, parseTailHead, parseTailLine, type TailHead } from './journal-line.ts'

/** What the head of the last checkpoint states. */
export interface JournalStart {
  /** The number of the last checkpoint and of the first tail after it. 1 without a checkpoint. */
  readonly number: number
  /** The id of the journal. `undefined` without a checkpoint. */
  readonly journal: string | undefined
  readonly archive: readonly ArchiveFile[]
}

/** Reads the files of a journal in order, and checks that they fit together. */
export class JournalFolderReader {
  readonly #folder: string
  readonly #start: JournalStart
  readonly #last: number
  /** The id of the journal. Known after the first file was read. */
  journal: string
  /** The place after the last whole line of the last tail. */
  end: LinePosition = fileStart

  private constructor(folder: string, start: JournalStart, last: number) {
    this.#folder = folder
    this.#start = start
    this.#last = last
    this.journal = start.journal ?? ''
  }

  /**
   * Reads the head of the last checkpoint.
   * @throws {LedgerError} `ledger_corrupt` when a file is missing, or the head is damaged
   */
  static async begin(folder: string, { checkpoints, tails }: JournalFiles): Promise<JournalFolderReader> {
    const number = checkpoints.at(-1) ?? 1
    const start = checkpoints.length > 0 ? await readStart(folder, number) : { number, journal: undefined, archive: [] }
    const last = Math.max(number, ...tails)
    const first = tails[0] ?? 1
    // A checkpoint removes the tails before it.
    const isCheckpointMissing = checkpoints.length === 0 && first > 1
    for (let tail = number; tail <= last; tail += 1) {
      const file = isCheckpointMissing ? checkpointName(first) : tailName(tail)
      if (!tails.includes(tail)) throw corrupt({ folder, file, content: 'journal' }, 'is missing')
    }
    return new JournalFolderReader(folder, start, last)
  }

  get start(): JournalStart {
    return this.#start
  }

  /** The number of the last tail. */
  get last(): number {
    return this.#last
  }

  /** Yields the records of the checkpoint, and then the strings of the tails. */
  async *read(): AsyncGenerator<string, undefined> {
    if (this.#start.journal !== undefined) yield* this.#checkpoint()
    let previous: number | undefined
    for (let number = this.#start.number; number <= this.#last; number += 1) {
      const tail = new TailReader(this.#folder, number, this.journal, number === this.#start.number, previous)
      yield* tail.read()
      this.journal = tail.journal
      if (number === this.#last) this.end = tail.position
      if (number === this.#last && tail.hasNext) throw corrupt(this.#place(tailName(number + 1)), 'is missing')
      previous = tail.sum
    }
  }

  async *#checkpoint(): AsyncGenerator<string, undefined> {
    const place = this.#place(checkpointName(this.#start.number))
    let count = 0
    let end: unknown
    for await (const lines of checkedLines(place)) {
      for (const { body, position } of lines) {
        if (position.line === 1) continue
        if (end !== undefined) throw corrupt({ ...place, line: position.line }, 'comes after the last line')
        const text = body.toString()
        if (text.startsWith('{')) end = text
        else {
          count += 1
          yield text
        }
      }
    }
    if (end !== JSON.stringify({ records: count })) throw corrupt({ ...place, line: count + 2 }, 'is missing')
  }

  #place(file: string): Place {
    return { folder: this.#folder, file, content: 'journal' }
  }
}

async function readStart(folder: string, number: number): Promise<JournalStart> {
  const place: Place = { folder, file: checkpointName(number), line: 1, content: 'journal' }
  for await (const [first] of checkedLines(place)) {
    const head = first && parseCheckpointHead(first.body.toString())
    if (head?.checkpoint !== number || head.version !== journalVersion) break
    return { number, journal: head.journal, archive: head.archive }
  }
  throw corrupt(place, 'is not the first line of a checkpoint')
}

/** Reads one tail. */
class TailReader {
  readonly #place: Place
  readonly #number: number
  readonly #isFirst: boolean
  readonly #previous: number | undefined
  journal: string
  /** The place after the last whole line. */
  position: LinePosition = fileStart
  /** Whether the last line names the next tail. */
  hasNext = false
  /** The checksum of the lines, without a last line that names the next tail. */
  sum = 0

  constructor(folder: string, number: number, journal: string, isFirst: boolean, previous: number | undefined) {
    this.#place = { folder, file: tailName(number), content: 'journal' }
    this.#number = number
    this.#isFirst = isFirst
    this.#previous = previous
    this.journal = journal
  }

  async *read(): AsyncGenerator<string, undefined> {
    for await (const lines of checkedLines(this.#place)) {
      for (const { body, position } of lines) {
        if (this.hasNext) throw this.corrupt('comes after the last line', position.line)
        const text = body.toString()
        if (position.line === 1) this.#checkHead(parseTailHead(text))
        else {
          const line = parseTailLine(text)
          if (line === undefined) throw this.corrupt('is not a batch of records', position.line)
          if ('texts' in line) yield* line.texts
          else if (line.next === this.#number + 1) this.hasNext = true
          else throw this.corrupt('names the wrong file', position.line)
        }
        if (!this.hasNext) this.sum = position.sum
        this.position = position
      }
    }
    // The first line was synced before the file got its name.
    if (this.position.line === 0) throw this.corrupt('is not the first line of a journal', 1)
  }

  #checkHead(head: TailHead | undefined): void {
    if (head?.tail !== this.#number || head.version !== journalVersion) {
      throw this.corrupt('is not the first line of a journal', 1)
    }
    if (this.journal !== '' && head.journal !== this.journal) throw this.corrupt('is of another journal', 1)
    if (!this.#isFirst && head.previous !== this.#previous) {
      throw this.corrupt(`does not follow the file ${tailName(this.#number - 1)}, which is incomplete`, 1)
    }
    this.journal = head.journal
  }

  corrupt(problem: string, line?: number): Error {
    return corrupt(line === undefined ? this.#place : { ...this.#place, line }, problem)
  }
}
