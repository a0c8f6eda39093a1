import type { Lot } from './account.ts'

/** A lot with the instant at which it starts or expires. */
export interface QueuedLot {
  readonly at: number
  readonly lot: Lot
}

/**
 * Adds a lot to the queue of an account: at its start if it is scheduled, otherwise at its expiry. Ignores a lot that
 * never expires. The queue is a binary heap in an array, earliest first, so that an empty queue costs an account
 * nothing. Costs O(log n).
 */
export function queueLot(queue: QueuedLot[], lot: Lot): void {
  const at = lot.state === 'scheduled' ? lot.effectiveAt : lot.expiresAt
  if (at === Number.POSITIVE_INFINITY) return
  const added = { at, lot }
  let place = queue.length
  queue.push(added)
  while (place > 0) {
    const parent = (place - 1) >> 1
    const above = queue[parent] as QueuedLot
    if (!isBefore(added, above)) break
    queue[place] = above
    place = parent
  }
  queue[place] = added
}

/**
 * Returns the instant at which the next open lot of a queue starts or expires, or infinity. Drops lots that are no longer
 * open. A lot that is opened again is added again.
 */
export function nextOfQueue(queue: QueuedLot[]): number {
  for (let first = queue[0]; first !== undefined; first = queue[0]) {
    if (first.lot.isOpen) return first.at
    dropFirst(queue)
  }
  return Number.POSITIVE_INFINITY
}

/** Removes and returns the lots of a queue that start or expire by an instant, in order of time and then of age. */
export function takeQueued(queue: QueuedLot[], by: number): readonly Lot[] {
  const taken: Lot[] = []
  for (let first = queue[0]; first !== undefined && first.at <= by; first = queue[0]) {
    taken.push(first.lot)
    dropFirst(queue)
  }
  return taken
}

function dropFirst(queue: QueuedLot[]): void {
  const last = queue.pop()
  if (last === undefined || queue.length === 0) return
  let place = 0
  for (;;) {
    const left = 2 * place + 1
    if (left >= queue.length) break
    const [one, other] = [queue[left] as QueuedLot, queue[left + 1]]
    const child = other !== undefined && isBefore(other, one) ? left + 1 : left
    const below = queue[child] as QueuedLot
    if (!isBefore(below, last)) break
    queue[place] = below
    place = child
  }
  queue[place] = last
}

function isBefore(one: QueuedLot, other: QueuedLot): boolean {
  return one.at < other.at || (one.at === other.at && one.lot.order < other.lot.order)
}
