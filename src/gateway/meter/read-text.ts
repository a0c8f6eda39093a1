import { chunkBytes } from './chunk-bytes.ts'

/**
 * Reads the body of a response as text of at most `limit` bytes. A longer body is cancelled.
 * @throws {RangeError} when the body is too long
 */
export async function readText(response: Response, limit: number): Promise<string> {
  const { headers, body } = response
  if (body === null) return ''
  // The length is that of the bytes before they are inflated.
  const length = headers.has('content-encoding') ? null : headers.get('content-length')
  if (length !== null && Number(length) <= limit) return await response.text()
  const reader = body.getReader()
  try {
    if (length !== null && Number(length) > limit) throw tooLong(limit)
    return await readPieces(reader, limit)
  } catch (error) {
    reader.cancel().catch(() => undefined)
    throw error
  }
}

async function readPieces(reader: ReadableStreamDefaultReader<unknown>, limit: number): Promise<string> {
  const decoder = new TextDecoder()
  const pieces: string[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    const bytes = chunkBytes(value)
    size += bytes.byteLength
    if (size > limit) throw tooLong(limit)
    pieces.push(decoder.decode(bytes, { stream: true }))
  }
  pieces.push(decoder.decode())
  return pieces.join('')
}

function tooLong(limit: number): RangeError {
  return new RangeError(`the answer has more than ${limit} bytes`)
}
