import { hashBits, hashOf } from './hash.ts'
import { emptyPage, forkBits, forkWidth, type Node, type Page, pageLimit, pageOf, sizeOf } from './trie.ts'

interface Builder<Row> {
  readonly ids: readonly string[]
  readonly rows: readonly Row[]
  readonly hashes: Int32Array
  readonly order: Uint32Array
  readonly spare: Uint32Array
}

/**
 * Builds the trie with `rows[i]` under `ids[i]`, by radix sort on eight bits of the hash at a time. If an id occurs
 * several times, the last row for the id wins.
 */
export function build<Row>(ids: readonly string[], rows: readonly Row[]): Node<Row> {
  const hashes = new Int32Array(ids.length)
  const order = new Uint32Array(ids.length)
  for (let i = 0; i < ids.length; i += 1) {
    hashes[i] = hashOf(ids[i] as string)
    order[i] = i
  }
  return buildNode({ ids, rows, hashes, order, spare: new Uint32Array(ids.length) }, 0, ids.length, 0)
}

function buildNode<Row>(builder: Builder<Row>, from: number, to: number, shift: number): Node<Row> {
  if (to - from <= pageLimit || shift >= hashBits) return buildPage(builder, from, to)
  const ends = sortByBits(builder, from, to, shift)
  const children: Node<Row>[] = new Array(forkWidth).fill(emptyPage)
  let size = 0
  for (let i = 0, start = from; i < forkWidth; i += 1) {
    const end = ends[i] as number
    if (end > start) {
      const child = buildNode(builder, start, end, shift + forkBits)
      children[i] = child
      size += sizeOf(child)
    }
    start = end
  }
  const fork = { size, children }
  return size > pageLimit ? fork : pageOf(fork)
}

/**
 * Sorts a range of `order` stably by the next eight bits of the hash. Returns, for each value of the eight bits, the
 * position in `order` at which the entries with that value end.
 */
function sortByBits<Row>(builder: Builder<Row>, from: number, to: number, shift: number): Uint32Array {
  const { order, spare, hashes } = builder
  const places = new Uint32Array(forkWidth)
  const valueAt = (i: number): number => ((hashes[order[i] as number] as number) >>> shift) & (forkWidth - 1)
  for (let i = from; i < to; i += 1) places[valueAt(i)] = (places[valueAt(i)] as number) + 1
  for (let i = 0, total = from; i < forkWidth; i += 1) {
    const count = places[i] as number
    places[i] = total
    total += count
  }
  for (let i = from; i < to; i += 1) {
    const value = valueAt(i)
    const place = places[value] as number
    spare[place] = order[i] as number
    places[value] = place + 1
  }
  order.set(spare.subarray(from, to), from)
  return places
}

/** The number of rows up to which insertion sort needs no help. More are sorted by their highest bits first. */
const few = 32

function buildPage<Row>(builder: Builder<Row>, from: number, to: number): Page<Row> {
  const { ids, rows, hashes, order } = builder
  const isAfter = (a: number, b: number): boolean => {
    const [one, other] = [hashes[a] as number, hashes[b] as number]
    return one !== other ? one > other : (ids[a] as string) > (ids[b] as string)
  }
  if (to - from <= pageLimit) {
    if (to - from > few) sortByBits(builder, from, to, hashBits - forkBits)
    sortFew(order, from, to, isAfter)
  } else order.subarray(from, to).sort((a, b) => (isAfter(a, b) ? 1 : isAfter(b, a) ? -1 : a - b))
  const page: (number | string | Row)[] = []
  for (let i = from; i < to; i += 1) {
    const index = order[i] as number
    const id = ids[index] as string
    if (page[page.length - 2] === id && page.length > 0) page.length -= 3
    page.push(hashes[index] as number, id, rows[index] as Row)
  }
  return page.slice()
}

/**
 * Sorts a range of `order` in place by insertion sort, which is stable and the fastest sort for few rows and for rows
 * that are nearly sorted.
 */
function sortFew(order: Uint32Array, from: number, to: number, isAfter: (a: number, b: number) => boolean): void {
  for (let i = from + 1; i < to; i += 1) {
    const moving = order[i] as number
    let at = i
    while (at > from && isAfter(order[at - 1] as number, moving)) {
      order[at] = order[at - 1] as number
      at -= 1
    }
    order[at] = moving
  }
}
