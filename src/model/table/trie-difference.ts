import { forkBits, forkWidth, isPage, type Node, type Page, splitPage } from './trie.ts'

/**
 * An id whose row differs between two tables, with the row in each table. `before` is `undefined` if the id was added,
 * `after` is `undefined` if the id was removed.
 */
export type Difference<Row> = readonly [id: string, before: Row | undefined, after: Row | undefined]

/**
 * Yields the ids that have different row objects in two tries. Skips shared nodes, so the cost grows only with the
 * number of changes.
 */
export function* differences<Row>(before: Node<Row>, after: Node<Row>, shift = 0): IterableIterator<Difference<Row>> {
  if (before === after) return
  if (isPage(before) && isPage(after)) return yield* pageDifferences(before, after)
  const old = isPage(before) ? splitPage(before, shift) : before.children
  const now = isPage(after) ? splitPage(after, shift) : after.children
  for (let i = 0; i < forkWidth; i += 1) {
    if (old[i] !== now[i]) yield* differences(old[i] as Node<Row>, now[i] as Node<Row>, shift + forkBits)
  }
}

/** Yields the differences between two pages in one merging pass. Both pages are sorted in the same order. */
function* pageDifferences<Row>(before: Page<Row>, after: Page<Row>): IterableIterator<Difference<Row>> {
  let [a, b] = [0, 0]
  while (a < before.length || b < after.length) {
    const order = compare(before, a, after, b)
    // With these negations the loop advances even if a damaged page has a hash that is not a number.
    const [isBefore, isAfter] = [!(order > 0), !(order < 0)]
    const id = (isBefore ? before[a + 1] : after[b + 1]) as string
    const old = isBefore ? (before[a + 2] as Row) : undefined
    const now = isAfter ? (after[b + 2] as Row) : undefined
    if (old !== now) yield [id, old, now]
    if (isBefore) a += 3
    if (isAfter) b += 3
  }
}

function compare(before: Page<unknown>, a: number, after: Page<unknown>, b: number): number {
  if (a >= before.length) return 1
  if (b >= after.length) return -1
  const byHash = (before[a] as number) - (after[b] as number)
  if (byHash !== 0) return byHash
  const [one, other] = [before[a + 1] as string, after[b + 1] as string]
  return one === other ? 0 : one < other ? -1 : 1
}
