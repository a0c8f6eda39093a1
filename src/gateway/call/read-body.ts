import type { GatewayRefusal } from '../refusal/refusal.ts'

/** The body of a request: the JSON text with its value, or a form. */
export type ReadBody =
  | { readonly type: 'json'; readonly size: number; readonly value: unknown }
  | { readonly type: 'form'; readonly size: number; readonly form: FormData }

/** A request whose body has not been read. */
export interface UnreadBody {
  readonly headers: Headers
  readonly body?: ReadableStream<Uint8Array> | null | undefined
  readonly arrayBuffer?: (() => Promise<ArrayBuffer>) | undefined
}

/**
 * Reads the body of a request. A body that is compressed, of another media type or character set, larger than `limit`
 * bytes, or not JSON is refused. Never throws; when the client ends the connection, the body is invalid.
 */
export async function readBody(
  request: UnreadBody,
  form: 'json' | 'form',
  limit: number,
): Promise<ReadBody | GatewayRefusal> {
  const refused = refuseHeaders(request.headers, form, limit)
  if (refused !== undefined) return refused
  try {
    const bytes = await readBytes(request, limit)
    if (bytes === undefined) return tooLarge(limit)
    const { byteLength: size } = bytes
    if (form === 'json') return { type: 'json', size, value: parseJson(bytes) }
    const contentType = request.headers.get('content-type') ?? ''
    return {
      type: 'form',
      size,
      form: await new Response(bytes as Uint8Array<ArrayBuffer>, {
        headers: { 'content-type': contentType },
      }).formData(),
    }
  } catch (error) {
    const isText = error instanceof TypeError && form === 'json'
    const message = isText ? 'expected a body in UTF-8' : `expected a body of ${form === 'json' ? 'JSON' : 'form data'}`
    return { reason: 'body_invalid', message }
  }
}

const tooLarge = (limit: number): GatewayRefusal => ({
  reason: 'body_too_large',
  message: `the body has more than ${limit} bytes`,
})

function refuseHeaders(headers: Headers, form: 'json' | 'form', limit: number): GatewayRefusal | undefined {
  const encoding = headers.get('content-encoding')
  if (encoding !== null && encoding.trim().toLowerCase() !== 'identity')
    return { reason: 'media_type_unsupported', message: 'expected a body without compression' }
  const type = headers.get('content-type') ?? ''
  const expected = form === 'json' ? 'application/json' : 'multipart/form-data'
  const [media = '', ...parameters] = type.toLowerCase().split(';')
  if (media.trim() !== expected)
    return { reason: 'media_type_unsupported', message: `expected a body of \`${expected}\`` }
  const charset = parameters.map((parameter) => /^\s*charset\s*=\s*"?([^"]*)"?\s*$/.exec(parameter)?.[1]).find(Boolean)
  if (charset !== undefined && charset.trim() !== 'utf-8' && charset.trim() !== 'utf8')
    return { reason: 'media_type_unsupported', message: 'expected a body in UTF-8' }
  const length = readLength(headers) ?? 0
  return length > limit ? tooLarge(limit) : undefined
}

/** Returns the length in bytes that bounds a body, or `undefined` if no header does. */
export function readLength(headers: Headers): number | undefined {
  const length = headers.get('content-length')
  return length === null || !/^\d+$/.test(length) || headers.has('transfer-encoding') ? undefined : Number(length)
}

/** Reads a body up to a number of bytes. Returns `undefined` if it has more. */
async function readBytes(request: UnreadBody, limit: number): Promise<Uint8Array | undefined> {
  // A server that got a `content-length` reads no more than that. Reading the whole body at once takes a third of the time.
  if (request.arrayBuffer === undefined || readLength(request.headers) === undefined)
    return await readChunks(request, limit)
  const bytes = new Uint8Array(await request.arrayBuffer())
  return bytes.byteLength > limit ? undefined : bytes
}

/** Reads a body in chunks, and no further than the limit. */
async function readChunks({ body }: UnreadBody, limit: number): Promise<Uint8Array | undefined> {
  if (body === null || body === undefined) return new Uint8Array(0)
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.byteLength
    if (size > limit) {
      await reader.cancel().catch(() => undefined)
      return undefined
    }
    chunks.push(value)
  }
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}

/** Made once: making one takes longer than decoding a body. */
let decoder: InstanceType<typeof TextDecoder> | undefined

/**
 * Parses JSON in UTF-8.
 * @throws {TypeError} when the bytes are not UTF-8
 * @throws {SyntaxError} when the text is not JSON
 */
function parseJson(bytes: Uint8Array): unknown {
  decoder ??= new TextDecoder('utf-8', { fatal: true })
  return JSON.parse(decoder.decode(bytes))
}
