import { chunkBytes } from './chunk-bytes.ts'

/**
 * How a stream ended.
 * - `finished`: the upstream ended it.
 * - `cancelled`: the client ended the connection, or the host cancelled the body.
 * - `cut`: the upstream's connection broke, or its bytes cannot be read.
 * - `stalled`: the upstream sent nothing for too long.
 */
export type StreamEnd = 'finished' | 'cancelled' | 'cut' | 'stalled'

/** Changes the bytes of a stream. Returns `undefined` where the client gets none. */
export interface ByteTransform {
  push(bytes: Uint8Array): Uint8Array | undefined
  end(): Uint8Array | undefined
}

export interface MeteredStreamOptions {
  readonly transform: ByteTransform
  /** The signal of the client's connection. */
  readonly signal: AbortSignal | undefined
  /** The time in milliseconds after which a silent upstream is given up. */
  readonly stallTimeout: number
  /** Returns what the client is told at the end of a stream that broke. Default: its connection breaks too. */
  readonly lastWords?: ((end: StreamEnd) => Uint8Array) | undefined
  /** Called once, on every way the stream can end. */
  readonly onEnd: (end: StreamEnd) => void
}

/**
 * Passes the bytes of an upstream to the client as they come, through a transform. Ends once: when the upstream ends,
 * breaks or stalls, when the client cancels, or when its signal is aborted. In all cases but the first, it cancels the
 * upstream.
 */
export function meteredStream(
  upstream: ReadableStream<Uint8Array>,
  options: MeteredStreamOptions,
): ReadableStream<Uint8Array> {
  const stream = new MeteredStream(upstream, options)
  return new ReadableStream<Uint8Array>(stream, { highWaterMark: 0 })
}

class MeteredStream {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #options: MeteredStreamOptions
  readonly #abort = () => this.#breakOff('cancelled')
  #out: ReadableStreamDefaultController<Uint8Array> | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #isReading = false
  #isEnded = false
  #lastAt = 0

  constructor(upstream: ReadableStream<Uint8Array>, options: MeteredStreamOptions) {
    this.#reader = upstream.getReader()
    this.#options = options
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#out = controller
    const { signal } = this.#options
    if (signal?.aborted) this.#abort()
    else signal?.addEventListener('abort', this.#abort, { once: true })
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#isReading = true
    this.#lastAt = performance.now()
    if (this.#timer === undefined) this.#watch(this.#options.stallTimeout)
    try {
      while (!(await this.#passNext(controller))) this.#lastAt = performance.now()
    } catch {
      this.#breakOff('cut')
    }
    this.#isReading = false
  }

  cancel(): void {
    this.#end('cancelled')
  }

  /** Reads once from the upstream. Returns whether the client got something, or the stream has ended. */
  async #passNext(controller: ReadableStreamDefaultController<Uint8Array>): Promise<boolean> {
    const { done, value } = await this.#reader.read()
    if (this.#isEnded) return true
    const { transform } = this.#options
    const bytes = done ? transform.end() : transform.push(chunkBytes(value))
    if (bytes !== undefined) controller.enqueue(bytes)
    if (done) {
      this.#end('finished')
      controller.close()
    }
    return done || bytes !== undefined
  }

  #end(how: StreamEnd): void {
    if (this.#isEnded) return
    this.#isEnded = true
    clearTimeout(this.#timer)
    const { signal, onEnd } = this.#options
    signal?.removeEventListener('abort', this.#abort)
    if (how !== 'finished') this.#reader.cancel().catch(() => undefined)
    onEnd(how)
  }

  /** Ends a stream that did not finish, and tells the client if it is still there. */
  #breakOff(how: StreamEnd): void {
    if (this.#isEnded) return
    this.#end(how)
    // A host that sees its client go cancels the stream itself, in the same tick: then it has no error to log.
    if (how === 'cancelled') queueMicrotask(() => this.#tell(how))
    else this.#tell(how)
  }

  #tell(how: StreamEnd): void {
    const { lastWords } = this.#options
    try {
      if (how === 'cancelled' || lastWords === undefined) this.#out?.error(new DOMException(how, 'AbortError'))
      else {
        this.#out?.enqueue(lastWords(how))
        this.#out?.close()
      }
    } catch {
      // The client has cancelled the stream.
    }
  }

  /** Watches for silence with one timer, which is not set again for each chunk. */
  #watch(milliseconds: number): void {
    this.#timer = setTimeout(() => {
      const { stallTimeout } = this.#options
      // While the client does not read, the upstream is not silent.
      const silent = this.#isReading ? performance.now() - this.#lastAt : 0
      if (silent >= stallTimeout) this.#breakOff('stalled')
      else this.#watch(stallTimeout - silent)
    }, milliseconds)
  }
}
