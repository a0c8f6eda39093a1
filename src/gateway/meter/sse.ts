/** The longest event, in characters. A stream with a longer one is treated as broken. */
const longest = 16_777_216

/** Splits a stream of server-sent events into events. Bytes that are not UTF-8 become replacement characters. */
export class EventSplitter {
  readonly #decoder = new TextDecoder()
  /** The pieces of the event that has not ended. Joined once, since a long event comes in many. */
  #pieces: string[] = []
  #size = 0

  /**
   * Returns the events that end in these bytes, each without the blank line after it.
   * @throws {RangeError} when an event is longer than 16 MiB
   */
  push(bytes: Uint8Array): readonly string[] {
    return this.#split(this.#decoder.decode(bytes, { stream: true }))
  }

  /** Returns the last event, which an upstream that was cut off did not end, or `undefined`. */
  end(): string | undefined {
    const rest = (this.#pieces.join('') + this.#decoder.decode()).replaceAll(/\r\n?/g, '\n').trim()
    this.#pieces = []
    return rest === '' ? undefined : rest
  }

  #split(text: string): readonly string[] {
    const seam = (this.#pieces.at(-1)?.slice(-2) ?? '') + text
    if (!/[\n\r][\n\r]/.test(seam)) {
      // No event ends here.
      this.#size += text.length
      if (this.#size > longest) throw new RangeError('an event of the stream is too long')
      if (text.length < 2 && this.#pieces.length > 0) this.#pieces.push((this.#pieces.pop() ?? '') + text)
      else if (text !== '') this.#pieces.push(text)
      return none
    }
    const joined = this.#pieces.length === 0 ? text : this.#pieces.join('') + text
    // A carriage return at the end may be half of a line end.
    const cut = joined.endsWith('\r') ? joined.length - 1 : joined.length
    const lines = joined.includes('\r') ? joined.slice(0, cut).replaceAll(/\r\n?/g, '\n') : joined
    const events = lines.split('\n\n')
    const rest = (events.pop() ?? '') + joined.slice(cut)
    this.#pieces = rest === '' ? [] : [rest]
    this.#size = rest.length
    return events.length === 0 ? none : events.filter((event) => event !== '')
  }
}

const none: readonly string[] = Object.freeze([])

/** Returns the data of an event: its `data` lines, joined. `undefined` if it has none, as a comment. */
export function dataOf(event: string): string | undefined {
  if (event.startsWith('data: ') && !event.includes('\n')) return event.slice(6)
  const lines = event.split('\n').filter((line) => line.startsWith('data:'))
  return lines.length === 0 ? undefined : lines.map((line) => line.slice(line[5] === ' ' ? 6 : 5)).join('\n')
}

/** Returns an event without its comments, or an empty comment if it has nothing else: that keeps a connection open. */
export function withoutComments(event: string): string {
  if (!event.startsWith(':') && !event.includes('\n:')) return event
  const lines = event.split('\n').filter((line) => !line.startsWith(':'))
  return lines.length === 0 ? ':' : lines.join('\n')
}

/** Returns an event with other data. Its other lines stay. */
export function withData(event: string, data: string): string {
  if (!event.includes('\n')) return `data: ${data}`
  const others = event.split('\n').filter((line) => !line.startsWith('data:'))
  return [...others, `data: ${data}`].join('\n')
}
