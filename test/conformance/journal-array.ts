import type { Journal, JournalCheckpoints } from '../../src/ledger/index.ts'

/** What a journal in arrays has stored. */
export interface StoredJournal {
  /** The records of the last checkpoint. */
  records: readonly string[]
  /** The parts after it. */
  parts: string[][]
  blocks: string[]
  /** The number of checkpoints that were written. */
  checkpoints: number
}

export function emptyJournal(): StoredJournal {
  return { records: [], parts: [[]], blocks: [], checkpoints: 0 }
}

/** Makes a journal with checkpoints that stores its records in arrays instead of files. */
export function journalWithCheckpoints(stored: StoredJournal): Journal {
  const checkpoints: JournalCheckpoints = {
    begin: async () => {
      stored.parts.push([])
    },
    write: async ({ records, firstBlock, blocks }) => {
      await Promise.resolve()
      const all = [...records]
      stored.blocks.splice(firstBlock, Number.POSITIVE_INFINITY, ...blocks)
      stored.records = all
      stored.parts = stored.parts.slice(-1)
      stored.checkpoints += 1
    },
    readBlock: (block) => stored.blocks[block] ?? '',
  }
  return {
    async *read() {
      yield* [...stored.records, ...stored.parts.flat()]
    },
    append: async (texts) => {
      stored.parts.at(-1)?.push(...texts)
    },
    close: async () => undefined,
    checkpoints,
  }
}
