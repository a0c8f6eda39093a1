import { hashOf } from './hash.ts'
import { childAt, emptyPage, forkBits, isPage, type Node, type Page } from './trie.ts'

/**
 * The position of an id in a fixed order of all possible ids. Ids are ordered by `place`, which is computed from the
 * id's hash, then by the code units of the id.
 */
export interface Spot {
  readonly place: number
  readonly id: string
}

/** A row with the position of its id. */
export interface Placed<Row> extends Spot {
  readonly row: Row
}

/**
 * Returns the position of an id in the fixed order of all possible ids. The position does not depend on the other ids
 * of a trie.
 */
export function spotOf(id: string): Spot {
  return { place: placeOf(hashOf(id)), id }
}

/**
 * Compares two spots in order: negative if `a` comes before `b`, zero if they are equal, positive if `a` comes after
 * `b`.
 */
export function compareSpots(a: Spot, b: Spot): number {
  return a.place - b.place || (a.id === b.id ? 0 : a.id < b.id ? -1 : 1)
}

/** Returns the sort key of a hash: the hash with its bytes reversed, since forks branch by the lowest byte first. */
function placeOf(hash: number): number {
  return ((hash & 0xff) << 22) | (((hash >>> 8) & 0xff) << 14) | (((hash >>> 16) & 0xff) << 6) | (hash >>> 24)
}

/**
 * Yields every row in the fixed order of ids. Starts after the id `after`, or at the beginning if `after` is
 * `undefined`. `after` need not be in the trie. Finding the start takes as many steps as the trie is deep.
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

/**
 * Returns the rows of a page in the fixed order of ids. The page itself is sorted by hash, which is a different order.
 */
function rowsInOrder<Row>(page: Page<Row>): readonly Placed<Row>[] {
  const rows: Placed<Row>[] = []
  for (let at = 0; at < page.length; at += 3) {
    rows.push({ place: placeOf(page[at] as number), id: page[at + 1] as string, row: page[at + 2] as Row })
  }
  return rows.sort(compareSpots)
}
