import type { Hold } from './account.ts'

/** The fields of a new hold. The picked fields are required, and every other field has a default. */
export type NewHold = Pick<Hold, 'id' | 'origin' | 'path' | 'call' | 'createdAt' | 'order'> &
  Partial<Omit<Hold, 'tags'>>

/**
 * Creates a hold or charge. By default the hold is open and all amounts are zero. A single object literal creates all
 * holds, so that the engine gives them one hidden class.
 */
export function newHold(fields: NewHold): Hold {
  return {
    id: fields.id,
    origin: fields.origin,
    path: fields.path,
    call: fields.call,
    requested: fields.requested ?? 0n,
    minAmount: fields.minAmount,
    ttl: fields.ttl ?? 0,
    tags: fields.call?.tags,
    createdAt: fields.createdAt,
    order: fields.order,
    expiresAt: fields.expiresAt ?? fields.createdAt,
    place: fields.place ?? -1,
    state: fields.state ?? 'held',
    first: fields.first ?? 0n,
    amount: fields.amount ?? 0n,
    held: fields.held ?? 0n,
    spent: fields.spent ?? 0n,
    refunded: fields.refunded ?? 0n,
    slices: fields.slices,
    lastRow: fields.lastRow ?? -1,
    endedAt: fields.endedAt ?? -1,
    archiveRow: fields.archiveRow ?? -1,
    final: fields.final ?? 0n,
    overrun: fields.overrun,
    late: fields.late,
    answer: fields.answer,
    returned: fields.returned ?? 0n,
  }
}
