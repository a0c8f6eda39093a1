import { connect, createServer, type Socket } from 'node:net'

/** The moments at which the network can fail, relative to one statement and its response. */
export const moments = [
  'before the statement',
  'within the statement',
  'before the answer',
  'within the answer',
] as const
export type Moment = (typeof moments)[number]

/**
 * How the network fails. `reset`: resets the connection. `end`: closes the connection. `vanish`: drops bytes while the
 * connection stays open. `delay`: delays bytes by milliseconds.
 */
export type Failing = 'reset' | 'end' | 'vanish' | { readonly delay: number }

export interface NetworkFault {
  readonly at: Moment
  readonly how: Failing
}

/**
 * Chooses the fault for a statement. Called after the client has sent the whole statement, and before the proxy
 * forwards any bytes to the server.
 */
type Plan = (text: string) => NetworkFault | undefined | Promise<NetworkFault | undefined>

/** A network proxy between PostgreSQL and its clients. Fails on command. */
export interface NetworkProxy {
  /** The URL of the proxy. Clients connect to this URL instead of the server's URL. */
  readonly url: string
  plan: Plan
  /**
   * What happens to new connections. `open`: forwarded to the server. `refused`: reset. `silent`: accepted, but never
   * answered.
   */
  door: 'open' | 'refused' | 'silent'
  /** The number of open connections. */
  readonly open: number
  close(): Promise<void>
}

/** Starts a proxy for the PostgreSQL server at a URL. */
export async function startProxy(url: string): Promise<NetworkProxy> {
  const target = new URL(url)
  const { port, hostname } = target
  const links = new Set<Link>()
  const waiting = new Set<Socket>()
  const server = createServer((client) => {
    if (proxy.door === 'refused') client.resetAndDestroy()
    else if (proxy.door === 'silent') {
      waiting.add(client)
      client.resume()
      client.on('error', () => undefined)
      client.on('close', () => waiting.delete(client))
    } else {
      const link = new Link(client, connect(Number(port), hostname), (text) => proxy.plan(text))
      links.add(link)
      client.on('close', () => links.delete(link))
    }
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  target.port = String(typeof address === 'object' && address !== null ? address.port : 0)
  const proxy = {
    url: target.href,
    plan: (() => undefined) as Plan,
    door: 'open' as NetworkProxy['door'],
    get open() {
      return links.size + waiting.size
    },
    close: () => {
      for (const link of links) link.destroy()
      for (const client of waiting) client.destroy()
      return new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
  return proxy
}

/**
 * One connection through the proxy. Parses the PostgreSQL protocol only to find the end of each statement and each
 * response.
 */
class Link {
  readonly #client: Socket
  readonly #server: Socket
  readonly #plan: Plan
  readonly #asked = new Frames(false)
  readonly #answered = new Frames(true)
  readonly #texts = new Map<string, string>()
  #statement: Buffer[] = []
  #text = ''
  #answer: Buffer[] = []
  #fault: NetworkFault | undefined
  /** Whether a statement is in progress. The proxy forwards the response of a statement as a whole. */
  #isAsking = false
  /** Whether the proxy drops the bytes from the client. `#isMute`: whether it drops the bytes from the server. */
  #isDeaf = false
  #isMute = false
  /**
   * The number of delayed transfers. While it is not zero, the connection to the server stays open even if the client
   * has closed its connection.
   */
  #late = 0

  constructor(client: Socket, server: Socket, plan: Plan) {
    this.#client = client
    this.#server = server
    this.#plan = plan
    client.setNoDelay(true)
    server.setNoDelay(true)
    client.on('error', () => undefined)
    server.on('error', () => undefined)
    client.on('data', (bytes) => this.#asked.add(bytes, (type, frame) => this.#ask(type, frame)))
    server.on('data', (bytes) => this.#answered.add(bytes, (type, frame) => this.#hear(type, frame)))
    client.on('close', () => {
      if (this.#late === 0) server.destroy()
    })
    server.on('close', () => {
      // Forwards the server's last message, such as the error that ends a session.
      if (!this.#isMute) client.write(Buffer.concat(this.#answer))
      if (!this.#isMute) client.end()
    })
  }

  destroy(): void {
    this.#client.destroy()
    this.#server.destroy()
  }

  #ask(type: string, frame: Buffer): void {
    if (this.#isDeaf) return
    if (type === 'P' || type === 'Q') {
      const [name = '', text = ''] = frame.subarray(5).toString().split('\0')
      this.#text = type === 'Q' ? name : text
      if (type === 'P' && name !== '') this.#texts.set(name, text)
    }
    if (type === 'B') {
      const [, name = ''] = frame.subarray(5, 300).toString('latin1').split('\0')
      if (name !== '') this.#text = this.#texts.get(name) ?? ''
    }
    if (type === '' || !'PBDECHSQ'.includes(type)) {
      this.#server.write(frame)
      return
    }
    this.#statement.push(frame)
    if (type === 'S' || type === 'Q') void this.#pass(Buffer.concat(this.#statement.splice(0)), this.#text)
  }

  async #pass(statement: Buffer, text: string): Promise<void> {
    this.#isAsking = true
    this.#fault = await this.#plan(text)
    if (this.#fault?.at === 'before the statement') {
      if (await this.#fail(this.#fault.how, 'asked')) this.#server.write(statement)
    } else if (this.#fault?.at === 'within the statement') {
      const half = statement.length >> 1
      this.#server.write(statement.subarray(0, half))
      if (await this.#fail(this.#fault.how, 'asked')) this.#server.write(statement.subarray(half))
    } else this.#server.write(statement)
  }

  #hear(type: string, frame: Buffer): void {
    if (!this.#isAsking) {
      if (!this.#isMute) this.#client.write(frame)
      return
    }
    this.#answer.push(frame)
    if (type !== 'Z') return
    this.#isAsking = false
    void this.#reply(Buffer.concat(this.#answer.splice(0)))
  }

  async #reply(answer: Buffer): Promise<void> {
    if (this.#isMute) return
    const { at, how } = this.#fault ?? {}
    this.#fault = undefined
    const half = at === 'within the answer' ? answer.length >> 1 : 0
    if (half > 0) this.#client.write(answer.subarray(0, half))
    if (how !== undefined && (at === 'before the answer' || half > 0)) {
      if (!(await this.#fail(how, 'answered'))) return
    }
    this.#client.write(answer.subarray(half))
    if (this.#client.destroyed && this.#late === 0) this.#server.destroy()
  }

  /** Applies a fault. Returns whether the proxy must still forward the remaining bytes. */
  async #fail(how: Failing, way: 'asked' | 'answered'): Promise<boolean> {
    if (typeof how === 'object') {
      this.#late += 1
      await new Promise((resolve) => {
        setTimeout(resolve, how.delay)
      })
      this.#late -= 1
      return true
    }
    if (how === 'vanish') {
      if (way === 'asked') this.#isDeaf = true
      else this.#isMute = true
    } else if (how === 'reset') {
      // Lets the bytes written before the reset arrive first.
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
      this.#client.resetAndDestroy()
      this.#server.resetAndDestroy()
    } else {
      this.#client.end()
      this.#server.end()
    }
    return false
  }
}

/** Splits a byte stream into PostgreSQL protocol messages. A message has an optional type, a length, and a body. */
class Frames {
  #bytes: Buffer = Buffer.alloc(0)
  /** Whether the next message has a type. The first message of a client has no type. */
  #isTyped: boolean

  constructor(isTyped: boolean) {
    this.#isTyped = isTyped
  }

  add(bytes: Buffer, take: (type: string, frame: Buffer) => void): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    for (;;) {
      const head = this.#isTyped ? 1 : 0
      if (this.#bytes.length < head + 4) return
      const length = head + this.#bytes.readInt32BE(head)
      if (this.#bytes.length < length) return
      const frame = this.#bytes.subarray(0, length)
      const type = this.#isTyped ? String.fromCharCode(frame[0] ?? 0) : ''
      this.#bytes = this.#bytes.subarray(length)
      this.#isTyped = true
      take(type, frame)
    }
  }
}
