import { hashBits, hashOf } from './hash.ts'

/**
 * A node is a page or a fork. A page is a flat list of hash, id, row, hash, id, row, … sorted by hash, then id. A fork
 * has 256 children, chosen by the next eight bits of the hash. Up to 512 rows are a page, more are a fork, and below the
 * last bits of the hash every node is a page, so the rows alone decide the shape. With such long pages and wide forks,
 * 100,000 rows are one fork deep and a million are two, and a lookup waits for memory only two or three times.
 */
export type Node<Row> = Page<Row> | Fork<Row>
export type Page<Row> = readonly (number | string | Row)[]
interface Fork<Row> {
  readonly size: number
  readonly children: readonly Node<Row>[]
}

/**
 * The maximum number of rows of a page. A page at the deepest level, where all bits of the hash are used up, may have
 * more.
 */
export const pageLimit = 512
export const forkBits = 8
export const forkWidth = 1 << forkBits

export const emptyPage: Page<never> = Object.freeze([]) as never[]

/** Whether a node is a page. */
export function isPage<Row>(node: Node<Row>): node is Page<Row> {
  return Array.isArray(node)
}

/** The number of rows in a node. */
export function sizeOf<Row>(node: Node<Row>): number {
  return isPage(node) ? node.length / 3 : node.size
}

/**
 * Returns the index of the child that a fork has for a hash. `shift` is the number of hash bits that the forks above
 * have used.
 */
export const childAt = (hash: number, shift: number): number => (hash >>> shift) & (forkWidth - 1)

/** The row under this id, or `undefined`. */
export function lookup<Row>(root: Node<Row>, id: string, hash: number): Row | undefined {
  let node = root
  for (let shift = 0; !isPage(node); shift += forkBits) node = node.children[childAt(hash, shift)] as Node<Row>
  return lookupInPage(node, id, hash)
}

/** The number of rows by which the search in a page may leave its start before it goes on by bisection. */
const scanLimit = 32

/**
 * Returns the row under this id in a page. Starts at the offset that evenly distributed hashes would give, and scans
 * from there. Goes on by bisection if the hash is farther away, or occurs many times, as an attacker could arrange.
 */
function lookupInPage<Row>(page: Page<Row>, id: string, hash: number): Row | undefined {
  const { length } = page
  if (length > 3 * pageLimit) return bisect(page, id, hash)
  let at = 3 * (((hash >>> 10) * (length / 3)) >>> (hashBits - 10))
  const low = Math.max(0, at - 3 * scanLimit)
  const high = Math.min(length, at + 3 * scanLimit)
  while (at < high && (page[at] as number) < hash) at += 3
  while (at > low && (page[at - 3] as number) >= hash) at -= 3
  if (at === low && low > 0) return bisect(page, id, hash)
  for (; at < high && page[at] === hash; at += 3) if (page[at + 1] === id) return page[at + 2] as Row
  return at === high && high < length ? bisect(page, id, hash) : undefined
}

function bisect<Row>(page: Page<Row>, id: string, hash: number): Row | undefined {
  const at = placeIn(page, id, hash)
  return page[at] === hash && page[at + 1] === id ? (page[at + 2] as Row) : undefined
}

/** The offset of an id in a page, or the offset at which to insert it. */
function placeIn(page: Page<unknown>, id: string, hash: number): number {
  let low = 0
  let high = page.length / 3
  while (low < high) {
    const middle = (low + high) >>> 1
    const other = page[3 * middle] as number
    if (other < hash || (other === hash && (page[3 * middle + 1] as string) < id)) low = middle + 1
    else high = middle
  }
  return 3 * low
}

/** Returns the node with this row added or replaced under this id. */
export function insert<Row>(node: Node<Row>, id: string, hash: number, row: Row, shift: number): Node<Row> {
  if (isPage(node)) {
    const at = placeIn(node, id, hash)
    const isFound = node[at] === hash && node[at + 1] === id
    const page = node.toSpliced(at, isFound ? 3 : 0, hash, id, row)
    return page.length > 3 * pageLimit && shift < hashBits ? forkOf(page, shift) : page
  }
  const at = childAt(hash, shift)
  const old = node.children[at] as Node<Row>
  const child = insert(old, id, hash, row, shift + forkBits)
  return { size: node.size - sizeOf(old) + sizeOf(child), children: node.children.with(at, child) }
}

/** Returns the node without this id. The node must contain the id. A fork left with at most 512 rows becomes a page. */
export function remove<Row>(node: Node<Row>, id: string, hash: number, shift: number): Node<Row> {
  if (isPage(node)) return node.toSpliced(placeIn(node, id, hash), 3)
  const at = childAt(hash, shift)
  const child = remove(node.children[at] as Node<Row>, id, hash, shift + forkBits)
  const fork = { size: node.size - 1, children: node.children.with(at, child) }
  return fork.size > pageLimit ? fork : pageOf(fork)
}

function forkOf<Row>(page: Page<Row>, shift: number): Fork<Row> {
  const next = shift + forkBits
  const children = splitPage(page, shift).map((child) =>
    child.length > 3 * pageLimit && next < hashBits ? forkOf(child, next) : child,
  )
  return { size: page.length / 3, children }
}

/** Splits the rows of a page into pages, one for each child of a fork with the same rows. */
export function splitPage<Row>(page: Page<Row>, shift: number): Page<Row>[] {
  const lists: ((number | string | Row)[] | undefined)[] = new Array(forkWidth).fill(undefined)
  for (let at = 0; at < page.length; at += 3) {
    const hash = page[at] as number
    const [id, row] = [page[at + 1] as string, page[at + 2] as Row]
    const slot = childAt(hash, shift)
    const list = lists[slot]
    if (list === undefined) lists[slot] = [hash, id, row]
    else list.push(hash, id, row)
  }
  // A list that grew has spare memory, and its copy has not.
  return lists.map((list) => list?.slice() ?? emptyPage)
}

/** The rows of a node as one page. */
export function pageOf<Row>(node: Node<Row>): Page<Row> {
  if (isPage(node)) return node
  const found: { hash: number; id: string; row: Row }[] = []
  for (const [id, row] of walk(node)) found.push({ hash: hashOf(id), id, row })
  found.sort((a, b) => a.hash - b.hash || (a.id < b.id ? -1 : 1))
  return found.flatMap(({ hash, id, row }) => [hash, id, row])
}

/** Every id with its row, in an order that depends on the ids alone. */
export function* walk<Row>(node: Node<Row>): IterableIterator<[id: string, row: Row]> {
  if (isPage(node)) {
    for (let at = 0; at < node.length; at += 3) yield [node[at + 1] as string, node[at + 2] as Row]
  } else {
    for (const child of node.children) if (child !== emptyPage) yield* walk(child)
  }
}
