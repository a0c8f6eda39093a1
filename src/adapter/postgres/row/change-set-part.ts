import { bucketColumns } from './bucket-column.ts'

/*
 * The wire format of a change set: two arguments, an array of numbers and an array of strings, since each further argument of
 * a statement costs the database more than its content. The numbers begin with the row count of each part; then come the
 * parts, column by column.
 */

/** The columns of one part of a change set: number columns, which are never null, and string columns. */
interface Part {
  readonly numbers: readonly string[]
  readonly texts: readonly string[]
}

/** The columns of every part of a change set, by part name. The parts are sent and written in this order. */
export const parts = {
  expectedVersions: { numbers: ['number', 'version'], texts: [] },
  wallets: {
    numbers: [
      'number',
      'version',
      'sequence',
      ...bucketColumns,
      ...['at', 'ordinal', 'due_at', 'cap_spent', 'cap_starts_at', 'cap_ends_at'],
    ],
    texts: [],
  },
  terms: { numbers: ['number', 'parent'], texts: ['terms', 'allowances', 'debts'] },
  absentWallets: { numbers: ['incarnation'], texts: ['type', 'id'] },
  unbookedHolds: { numbers: [], texts: ['id', 'text'] },
  absentHolds: { numbers: [], texts: ['id'] },
  absentKeys: { numbers: [], texts: ['key'] },
  insertedLots: {
    numbers: [
      'wallet',
      'ordinal',
      'period',
      'priority',
      'effective_at',
      'expires_at',
      'amount',
      'available',
      'reserved',
      'is_open',
    ],
    texts: ['name', 'kind', 'tags', 'state'],
  },
  updatedLots: { numbers: ['wallet', 'ordinal', 'amount', 'available', 'reserved', 'is_open'], texts: ['state'] },
  deletedHolds: { numbers: ['created_at'], texts: ['id'] },
  insertedHolds: {
    numbers: ['wallet', 'amount', 'held', 'spent', 'refunded', 'created_at', 'expires_at', 'ended_at'],
    texts: ['id', 'path', 'state', 'body'],
  },
  endedHolds: { numbers: ['held', 'spent', 'ended_at'], texts: ['id', 'state', 'body'] },
  updatedHolds: {
    numbers: ['amount', 'held', 'spent', 'refunded', 'expires_at', 'ended_at'],
    texts: ['id', 'state', 'body'],
  },
  deletedAncestors: { numbers: ['wallet', 'expires_at'], texts: ['hold'] },
  insertedAncestors: { numbers: ['wallet', 'expires_at'], texts: ['hold'] },
  deletedKeys: { numbers: ['ended_at'], texts: ['key'] },
  insertedKeys: { numbers: ['ended_at'], texts: ['key', 'type', 'request', 'answer'] },
  refunded: { numbers: ['wallet', 'sequence', 'amount'], texts: [] },
  blocks: { numbers: ['wallet', 'last', 'first_place', 'last_place'], texts: ['calls', 'details'] },
  entries: { numbers: ['at', 'code', 'amount', 'lot'], texts: ['hold'] },
} as const satisfies Readonly<Record<string, Part>>

export type PartName = keyof typeof parts
export const partNames = Object.keys(parts) as readonly PartName[]

/** The number that encodes null in a number column. Stored counts, ordinals and instants are never negative. */
export const noNumber = -1
