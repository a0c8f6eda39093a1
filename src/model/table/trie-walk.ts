import { hashOf } from './hash.ts'
import { childAt, emptyPage, forkBits, isPage, type Node, type Page } from './trie.ts'

/** Where an id stands in the one order of all ids: by its place, and among ids of one place by code units. */
export interface Spot {
  readonly place: number
  readonly id: string
}

/** A row, where its id stands. */
export interface Placed<Row> extends Spot {
  readonly row: Row
}

/** Where an id stands. Its hash decides, the bits that choose a fork's child first, and never which other ids there are. */
export function spotOf(id: string): Spot {
  return { place: placeOf(hashOf(id)), id }
}

/** Below zero if the first spot comes before the second. */
export function compareSpots(a: Spot, b: Spot): number {
  return a.place - b.place || (a.id === b.id ? 0 : a.id < b.id ? -1 : 1)
}

/** A hash with its four bytes turned round: forks branch by the lowest byte first. */
function placeOf(hash: number): number {
  return ((hash & 0xff) << 22) | (((hash >>> 8) & 0xff) << 14) | (((hash >>> 16) & 0xff) << 6) | (hash >>> 24)
}

/**
 * Every row whose id comes after an id, which need not be there, in the one order of all ids. The order of what stays is
 * the same however much comes and goes around it. Costs the depth of the trie, then what is walked.
 */
export function walkAfter<Row>(root: Node<Row>, after: string | undefined): IterableIterator<Placed<Row>> {
  return after === undefined ? walkNode(root) : walkNode(root, { spot: spotOf(after), hash: hashOf(after) })
}

interface Start {
  readonly spot: Spot
  readonly hash: number
}

function* walkNode<Row>(node: Node<Row>, start?: Start, shift = 0): IterableIterator<Placed<Row>> {
  if (isPage(node)) {
    for (const placed of rowsInOrder(node)) if (!start || compareSpots(placed, start.spot) > 0) yield placed
    return
  }
  const first = start === undefined ? 0 : childAt(start.hash, shift)
  for (let i = first; i < node.children.length; i += 1) {
    const child = node.children[i] as Node<Row>
    if (child !== emptyPage) yield* walkNode(child, i === first ? start : undefined, shift + forkBits)
  }
}

/** A page is sorted by hash, which is another order than that of the forks that it may grow into. */
function rowsInOrder<Row>(page: Page<Row>): readonly Placed<Row>[] {
  const rows: Placed<Row>[] = []
  for (let at = 0; at < page.length; at += 3) {
    rows.push({ place: placeOf(page[at] as number), id: page[at + 1] as string, row: page[at + 2] as Row })
  }
  return rows.sort(compareSpots)
}
