import { hashOf } from '../../../src/model/table/hash.ts'

/** Ids whose hashes collide, found by brute force: the hashes are equal, or equal in their low bits. */
export interface Collisions {
  /** 1,024 ids with the same hash. A page of a table cannot store this many. */
  readonly whole: readonly string[]
  readonly pairs: readonly (readonly [string, string])[]
  /**
   * Ids whose hashes have the same lowest 8 bits, which a table uses first. `sameThreeBytes`: the same lowest 24 bits.
   */
  readonly sameFirstByte: readonly string[]
  readonly sameThreeBytes: readonly string[]
}

/** Lists of ids that fill a page but for a few rows: ids without, with partly and with wholly equal hashes. */
export function fillingsOf({ sameFirstByte, whole }: Collisions): readonly (readonly string[])[] {
  const others = Array.from({ length: 490 }, (_, n) => `filling-${n}`)
  return [others, sameFirstByte.slice(0, 490), whole.slice(0, 490), whole.slice(-490)]
}

export function findCollisions(): Collisions {
  const pairs: [string, string][] = []
  const seen = new Map<number, string>()
  for (let n = 0; pairs.length < 5 || n < 256 * 600; n += 1) {
    const id = `user-${n}`
    const other = seen.get(hashOf(id))
    if (other === undefined) seen.set(hashOf(id), id)
    else pairs.push([other, id])
  }
  const all = [...seen.values()]
  const [first = ''] = all
  const agreeing = (bits: number) => all.filter((id) => (hashOf(id) ^ hashOf(first)) % 2 ** bits === 0)
  return { whole: multicollision(10), pairs, sameFirstByte: agreeing(8), sameThreeBytes: threeBytes(all) }
}

/** Returns the largest group of ids whose hashes have the same lowest 24 bits. */
function threeBytes(ids: readonly string[]): string[] {
  const groups = new Map<number, string[]>()
  for (const id of ids) {
    const key = hashOf(id) % 2 ** 24
    groups.set(key, [...(groups.get(key) ?? []), id])
  }
  return [...groups.values()].reduce((largest, group) => (group.length > largest.length ? group : largest), [])
}

/**
 * Returns 2^steps ids with the same hash. Each step finds two blocks of text that lead to the same internal state of
 * the hash, and appends both blocks to every id.
 */
function multicollision(steps: number): string[] {
  let ids = ['']
  for (let step = 0; step < steps; step += 1) {
    const [prefix = ''] = ids
    const [one, other] = collidingBlocks(prefix)
    ids = ids.flatMap((id) => [id + one, id + other])
  }
  return ids
}

/**
 * Finds two blocks of four characters that lead to the same internal state of the hash after `prefix`. So the hashes
 * stay equal whatever text follows the blocks.
 */
function collidingBlocks(prefix: string): [string, string] {
  const ends = ['zz', 'qw', '..', '  ']
  const seen = new Map<number, string>()
  for (let n = 0; n < 2 ** 21; n += 1) {
    const block = blockOf(n)
    const hash = hashOf(prefix + block)
    const other = seen.get(hash)
    if (other === undefined) seen.set(hash, block)
    else if (ends.every((end) => hashOf(prefix + block + end) === hashOf(prefix + other + end))) return [other, block]
  }
  throw new Error(`no colliding blocks after \`${prefix}\``)
}

/**
 * Returns a block of four ideographs for a number. Different numbers below 2^26 have different blocks, with
 * pseudorandom characters.
 */
function blockOf(n: number): string {
  const ideograph = (bits: number): string => String.fromCharCode(0x4e00 + (bits & 0x1fff))
  const scattered = Math.imul(n, 0x9e3779b1)
  return ideograph(n) + ideograph(n >>> 13) + ideograph(scattered >>> 5) + ideograph(scattered >>> 18)
}
