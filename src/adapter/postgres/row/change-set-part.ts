/*
 * How a draft travels: one list of numbers and one of texts, since each argument of a statement costs the database more than
 * what is in it. First come, for each part, how many rows it has; then the parts, each column by column.
 */

/** The columns of a part: numbers first, which are never null, then texts. */
interface Part {
  readonly numbers: readonly string[]
  readonly texts: readonly string[]
}

/** What a wallet's row counts. */
export const countedColumns = [
  'granted',
  'drawn',
  'overdraft',
  'written_off',
  'available',
  'reserved',
  'spent',
  'expired',
  'revoked',
] as const

/** Every part, in the order that they travel in and are written in. */
export const parts = {
  seen: { numbers: ['number', 'version'], texts: [] },
  wallets: {
    numbers: [
      'number',
      'version',
      'sequence',
      ...countedColumns,
      ...['at', 'ordinal', 'due_at', 'cap_spent', 'cap_starts_at', 'cap_ends_at'],
    ],
    texts: [],
  },
  terms: { numbers: ['number', 'parent'], texts: ['terms', 'allowances'] },
  absentHolds: { numbers: [], texts: ['id'] },
  absentKeys: { numbers: [], texts: ['key'] },
  openedLots: {
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
  changedLots: { numbers: ['wallet', 'ordinal', 'available', 'reserved', 'is_open'], texts: ['state'] },
  goneHolds: { numbers: ['created_at'], texts: ['id'] },
  openedHolds: {
    numbers: ['wallet', 'amount', 'held', 'spent', 'refunded', 'created_at', 'expires_at', 'ended_at'],
    texts: ['id', 'path', 'state', 'body'],
  },
  endedHolds: { numbers: ['held', 'spent', 'ended_at'], texts: ['id', 'state', 'body'] },
  changedHolds: {
    numbers: ['amount', 'held', 'spent', 'refunded', 'expires_at', 'ended_at'],
    texts: ['id', 'state', 'body'],
  },
  below: { numbers: ['wallet', 'expires_at'], texts: ['hold'] },
  above: { numbers: ['wallet', 'expires_at'], texts: ['hold'] },
  goneKeys: { numbers: ['ended_at'], texts: ['key'] },
  keys: { numbers: ['ended_at'], texts: ['key', 'type', 'request', 'answer'] },
  sheets: { numbers: ['wallet', 'last', 'begins', 'ends'], texts: [] },
  entries: { numbers: ['at', 'movement', 'amount', 'lot'], texts: ['hold'] },
} as const satisfies Readonly<Record<string, Part>>

export type PartName = keyof typeof parts
export const partNames = Object.keys(parts) as readonly PartName[]

/** Stands for no number, where there may be one: nothing that is counted or dated is below zero. */
export const noNumber = -1
