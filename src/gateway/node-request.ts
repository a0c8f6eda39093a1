/** The part of an `IncomingMessage` of Node.js that has its headers. */
export interface NodeHeaders {
  readonly rawHeaders: readonly string[]
}

/** The part of a `Readable` of Node.js that a guard reads. */
export interface NodeReadable {
  readonly destroyed: boolean
  readonly readableEnded: boolean
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown
  on(event: 'end' | 'close', listener: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  off(event: 'data', listener: (chunk: Uint8Array) => void): unknown
  pause(): unknown
  resume(): unknown
}

/** The part of a `ServerResponse` of Node.js that tells when its connection ends. */
export interface NodeResponse {
  readonly closed: boolean
  on(event: 'close', listener: () => void): unknown
}

/**
 * Returns the headers of a request as the client sent them. Node.js drops a repeated `authorization`, and a guard must see
 * it: here the values of repeated headers are joined with a comma.
 */
export function nodeHeaders({ rawHeaders }: NodeHeaders): Headers {
  const headers = new Headers()
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    // HTTP/2 has the method and the path among the headers.
    if (!name.startsWith(':')) headers.append(name, rawHeaders[i + 1] ?? '')
  }
  return headers
}

/** Returns the body of a request as a Web stream. Cancelling it leaves the connection open, so that an answer can be sent. */
export function nodeBody(body: NodeReadable): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(new NodeBody(body), { highWaterMark: 0 })
}

class NodeBody {
  readonly #body: NodeReadable
  #isEnded = false
  #push: ((chunk: Uint8Array) => void) | undefined

  constructor(body: NodeReadable) {
    this.#body = body
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const body = this.#body
    if (body.readableEnded || body.destroyed) this.#end(() => controller.close())
    if (this.#isEnded) return
    this.#push = (chunk) => {
      body.pause()
      if (!this.#isEnded) controller.enqueue(chunk)
    }
    body.on('data', this.#push)
    body.on('end', () => this.#end(() => controller.close()))
    body.on('error', (error) => this.#end(() => controller.error(error)))
    body.on('close', () => this.#end(() => controller.error(new DOMException('the client has left', 'AbortError'))))
    body.pause()
  }

  pull(): void {
    this.#body.resume()
  }

  cancel(): void {
    this.#isEnded = true
    if (this.#push !== undefined) this.#body.off('data', this.#push)
    this.#body.pause()
  }

  #end(end: () => void): void {
    if (this.#isEnded) return
    this.#isEnded = true
    end()
  }
}

/** Returns a signal that is aborted when the response ends: when it was sent, or when the client ends the connection. */
export function closeSignal(response: NodeResponse): AbortSignal {
  const closed = new AbortController()
  if (response.closed) closed.abort()
  else response.on('close', () => closed.abort())
  return closed.signal
}
