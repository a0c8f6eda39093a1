import type { GatewayRefusal } from '../refusal/refusal.ts'

/** The body of a request: the JSON text with its value, or a form. */
export type ReadBody =
  | { readonly type: 'json'; readonly size: number; readonly value: unknown }
  | { readonly type: 'form'; readonly size: number; readonly form: FormData }

/** A request whose body has not been read. */
export interface UnreadBody {
  readonly headers: Headers
  readonly body?: ReadableStream<Uint8Array> | null | undefined
  readonly text?: (() => Promise<string>) | undefined
  readonly bodyUsed?: boolean | undefined
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
  if (request.bodyUsed) return readBefore
  try {
    // A server that got a `content-length` reads no more than that, and reads it at once in half of the time.
    const length = readLength(request.headers)
    if (form === 'json' && length !== undefined && request.text !== undefined) {
      const text = await request.text()
      if (text.length > limit) return tooLarge(limit)
      if (isReadBefore(request, text.length)) return readBefore
      if (isBroken(text, length)) return notUtf8
      return { type: 'json', size: Math.max(text.length, length), value: JSON.parse(text) }
    }
    const bytes = await readChunks(request, limit)
    if (bytes === undefined) return tooLarge(limit)
    const { byteLength: size } = bytes
    if (isReadBefore(request, size)) return readBefore
    if (form === 'json')
      return { type: 'json', size, value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) }
    const contentType = request.headers.get('content-type') ?? ''
    return {
      type: 'form',
      size,
      form: await new Response(bytes as Uint8Array<ArrayBuffer>, {
        headers: { 'content-type': contentType },
      }).formData(),
    }
  } catch {
    const message = `expected a body of ${form === 'json' ? 'JSON in UTF-8' : 'form data'}`
    return { reason: 'body_invalid', message }
  }
}

/**
 * Returns a body that the host has parsed. The host may have inflated it, or read it in another character set, so a body
 * whose headers `readBody` refuses is refused here too.
 */
export function takeParsedBody(
  headers: Headers,
  parsed: { readonly value: unknown; readonly size: number },
  form: 'json' | 'form',
  limit: number,
): ReadBody | GatewayRefusal {
  const refused = refuseHeaders(headers, form, limit)
  if (refused !== undefined) return refused
  if (parsed.size > limit) return tooLarge(limit)
  if (form === 'form') return { reason: 'body_invalid', message: 'expected a body of form data' }
  return { type: 'json', size: parsed.size, value: parsed.value }
}

const tooLarge = (limit: number): GatewayRefusal => ({
  reason: 'body_too_large',
  message: `the body has more than ${limit} bytes`,
})

/** Refuses a body for its headers: compression, media type, character set and size. */
export function refuseHeaders(headers: Headers, form: 'json' | 'form', limit: number): GatewayRefusal | undefined {
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

/** The refusal of a body that the host read, so that nothing is left of it. */
export const readBefore: GatewayRefusal = Object.freeze({
  reason: 'body_invalid',
  message: 'the body was read before the API got it: a parser of bodies must come later, or not at all',
})

/** Whether nothing is left of a body that its headers announce. */
export function isReadBefore({ headers }: Pick<UnreadBody, 'headers'>, size: number): boolean {
  return size === 0 && (readLength(headers) ?? 0) > 0
}

const notUtf8: GatewayRefusal = { reason: 'body_invalid', message: 'expected a body of JSON in UTF-8' }

/** Whether bytes that are not UTF-8 were replaced when a text was decoded. A client may send the replacement itself. */
function isBroken(text: string, size: number): boolean {
  return text.includes('\ufffd') && new TextEncoder().encode(text).byteLength !== size
}

/** Returns the length in bytes that bounds a body, or `undefined` if no header does. */
export function readLength(headers: Headers): number | undefined {
  const length = headers.get('content-length')
  return length === null || !/^\d+$/.test(length) || headers.has('transfer-encoding') ? undefined : Number(length)
}

/** Reads a body in chunks, and no further than the limit. Returns `undefined` if it is larger. */
export async function readChunks({ body }: Pick<UnreadBody, 'body'>, limit: number): Promise<Uint8Array | undefined> {
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
