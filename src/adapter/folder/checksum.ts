/** The CRC-32 table (ISO 3309): the checksum of each byte value. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte
  for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xed_b8_83_20 : sum >>> 1
  return sum
})

/** Returns the CRC-32 of `bytes`, as eight hexadecimal digits. */
export function checksum(bytes: Uint8Array): string {
  let sum = 0xff_ff_ff_ff
  for (const byte of bytes) sum = (sum >>> 8) ^ (table[(sum ^ byte) & 0xff] ?? 0)
  return ((sum ^ 0xff_ff_ff_ff) >>> 0).toString(16).padStart(8, '0')
}
