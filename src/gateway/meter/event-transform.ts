import type { ByteTransform } from './metered-stream.ts'
import { EventSplitter } from './sse.ts'
import type { StreamMeter } from './stream-meter.ts'

const encoder = new TextEncoder()

/** Passes a stream of events through a meter. */
export class EventTransform implements ByteTransform {
  readonly #splitter = new EventSplitter()
  readonly #meter: StreamMeter

  constructor(meter: StreamMeter) {
    this.#meter = meter
  }

  push(bytes: Uint8Array): Uint8Array | undefined {
    return this.#rewrite(this.#splitter.push(bytes))
  }

  end(): Uint8Array | undefined {
    const last = this.#splitter.end()
    return last === undefined ? undefined : this.#rewrite([last])
  }

  #rewrite(events: readonly string[]): Uint8Array | undefined {
    let text = ''
    for (const event of events) {
      const rewritten = this.#meter.rewrite(event)
      if (rewritten !== undefined) text += `${rewritten}\n\n`
    }
    return text === '' ? undefined : encoder.encode(text)
  }
}
