const encoder = new TextEncoder()

/**
 * Returns the bytes of a chunk of an upstream. A host can make the stream of a `Response` itself, and then its chunks can be
 * strings.
 * @throws {TypeError} when a chunk is neither bytes nor a string
 */
export function chunkBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  if (typeof chunk === 'string') return encoder.encode(chunk)
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  throw new TypeError('a chunk of the answer is neither bytes nor a string')
}
