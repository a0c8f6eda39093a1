import { hashBits, hashOf } from './hash.ts'

/**
 * A node is a page or a fork. A page is a flat list of hash, id, row, hash, id, row, … sorted by hash, then id. A fork
 * has 256 children, chosen by the next eight bits of the hash. Up to 32 rows are a page, more are a fork, and below the
 * last bits of the hash every node is a page, so the rows alone decide the shape. With such wide forks, a million rows
 * are two forks deep, and a lookup waits for memory only twice.
 */
export type Node<Row> = Page<Row> | Fork<Row>
export type Page<Row> = readonly (number | string | Row)[]
export interface Fork<Row> {
  readonly size: number
  readonly children: readonly Node<Row>[]
}

/**
 * The maximum number of rows of a page. A page at the deepest level, where all bits of the hash are used up, may have
 * more.
 */
export const pageLimit = 32
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

/**
 * Returns the row under this id in a page. Starts at the offset that evenly distributed hashes would give. A page above
 * `pageLimit` has many ids with equal hashes, so the search in such a page is by bisection.
 */
function lookupInPage<Row>(page: Page<Row>, id: string, hash: number): Row | undefined {
  const { length } = page
  if (length > 3 * pageLimit) {
    const at = placeIn(page, id, hash)
    return page[at] === hash && page[at + 1] === id ? (page[at + 2] as Row) : undefined
  }
  let at = 3 * (((hash >>> 10) * (length / 3)) >>> (hashBits - 10))
  while (at < length && (page[at] as number) < hash) at += 3
  while (at > 0 && (page[at - 3] as number) >= hash) at -= 3
  for (; at < length && page[at] === hash; at += 3) if (page[at + 1] === id) return page[at + 2] as Row
  return undefined
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
    const page = [...node.slice(0, at), hash, id, row, ...node.slice(isFound ? at + 3 : at)]
    return page.length > 3 * pageLimit && shift < hashBits ? forkOf(page, shift) : page
  }
  const at = childAt(hash, shift)
  const old = node.children[at] as Node<Row>
  const child = insert(old, id, hash, row, shift + forkBits)
  return { size: node.size - sizeOf(old) + sizeOf(child), children: node.children.with(at, child) }
}

/** Returns the node without this id. The node must contain the id. A fork left with at most 32 rows becomes a page. */
export function remove<Row>(node: Node<Row>, id: string, hash: number, shift: number): Node<Row> {
  if (isPage(node)) return node.toSpliced(placeIn(node, id, hash), 3)
  const at = childAt(hash, shift)
  const child = remove(node.children[at] as Node<Row>, id, hash, shift + forkBits)
  const fork = { size: node.size - 1, children: node.children.with(at, child) }
  return fork.size > pageLimit ? fork : pageOf(fork)
}

function forkOf<Row>(page: Page<Row>, shift: number): Fork<Row> {
  const children: Node<Row>[] = new Array(forkWidth).fill(emptyPage)
  for (let at = 0; at < page.length; at += 3) {
    const hash = page[at] as number
    const slot = childAt(hash, shift)
    const child = children[slot] as Node<Row>
    children[slot] = insert(child, page[at + 1] as string, hash, page[at + 2] as Row, shift + forkBits)
  }
  return { size: page.length / 3, children }
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
