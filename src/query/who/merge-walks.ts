import { compareSpots, type Spot } from '../../model/table/trie-walk.ts'

/** An entry of the heap: a walk that has not ended, and the walk's current spot. */
interface Head {
  readonly walk: Iterator<Spot>
  spot: Spot
}

/**
 * Merges walks, each in table order, into one sequence of ids in table order, without repetitions. Advances each walk
 * only as far as needed.
 */
export function* mergeWalks(walks: Iterable<Iterator<Spot>>): IterableIterator<string> {
  const heads: Head[] = []
  for (const walk of walks) {
    const { done, value } = walk.next()
    if (!done) heads.push({ walk, spot: value })
  }
  for (let at = (heads.length >>> 1) - 1; at >= 0; at -= 1) sink(heads, at)
  let last: string | undefined
  for (let head = heads[0]; head !== undefined; head = heads[0]) {
    const { id } = head.spot
    if (id !== last) yield id
    last = id
    advance(heads, head)
  }
}

/** Advances the walk at the top of the heap and restores the heap order. */
function advance(heads: Head[], first: Head): void {
  const { done, value } = first.walk.next()
  if (done) {
    const moved = heads.pop()
    if (moved === undefined || moved === first) return
    heads[0] = moved
  } else first.spot = value
  sink(heads, 0)
}

/** Moves an entry down the heap until none of its children is smaller. */
function sink(heads: Head[], from: number): void {
  const sinking = heads[from]
  if (sinking === undefined) return
  let at = from
  for (;;) {
    const left = heads[2 * at + 1]
    const right = heads[2 * at + 2]
    if (left === undefined) break
    const isRight = right !== undefined && compareSpots(right.spot, left.spot) < 0
    const child = isRight ? right : left
    if (compareSpots(sinking.spot, child.spot) <= 0) break
    heads[at] = child
    at = 2 * at + (isRight ? 2 : 1)
  }
  heads[at] = sinking
}
