/** The number of bits of a hash. Every JavaScript engine stores a number of 30 bits as a small integer. */
export const hashBits = 30

/**
 * Computes a 30-bit hash of an id: FNV-1a over pairs of UTF-16 code units, with murmur's final mix. A table finds ids
 * with equal hashes by binary search, so an attacker cannot slow a table down by choosing such ids.
 */
export function hashOf(id: string): number {
  let hash = 0x811c9dc5
  const pairs = id.length & ~1
  for (let i = 0; i < pairs; i += 2) {
    hash = Math.imul(hash ^ (id.charCodeAt(i) | (id.charCodeAt(i + 1) << 16)), 0x01000193)
    hash ^= hash >>> 15
  }
  if (pairs < id.length) hash = Math.imul(hash ^ id.charCodeAt(pairs), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) & 0x3fffffff
}
