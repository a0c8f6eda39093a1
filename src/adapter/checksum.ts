/**
 * The CRC-32 tables (ISO 3309). The first 256 entries are the checksums of each byte value; the next ones continue these
 * over one, two and three zero bytes, so that a loop can process four bytes at a time.
 */
const tables = makeTables()

function makeTables(): Int32Array {
  const made = new Int32Array(4 * 256)
  for (let i = 0; i < made.length; i += 1) {
    let sum = i < 256 ? i : (made[i - 256] as number)
    if (i >= 256) sum = (sum >>> 8) ^ (made[sum & 0xff] as number)
    else for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xed_b8_83_20 : sum >>> 1
    made[i] = sum
  }
  return made
}

function at(index: number): number {
  return tables[index] as number
}

/** Returns the CRC-32 of `bytes`. With `before`, returns the CRC-32 of the bytes that gave `before`, followed by `bytes`. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let sum = ~before
  let i = 0
  const byte = (place: number): number => bytes[place] as number
  for (; i + 4 <= bytes.length; i += 4) {
    sum ^= byte(i) | (byte(i + 1) << 8) | (byte(i + 2) << 16) | (byte(i + 3) << 24)
    sum = at(768 + (sum & 0xff)) ^ at(512 + ((sum >>> 8) & 0xff)) ^ at(256 + ((sum >>> 16) & 0xff)) ^ at(sum >>> 24)
  }
  for (; i < bytes.length; i += 1) sum = (sum >>> 8) ^ at((sum ^ byte(i)) & 0xff)
  return ~sum >>> 0
}

/** Formats a CRC-32 as eight hexadecimal digits. */
export function formatSum(sum: number): string {
  return sum.toString(16).padStart(8, '0')
}

/** Returns the CRC-32 of `bytes`, as eight hexadecimal digits. */
export function checksum(bytes: Uint8Array): string {
  return formatSum(crc32(bytes))
}
