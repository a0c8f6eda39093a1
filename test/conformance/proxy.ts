import { connect, createServer, type Socket } from 'node:net'

/** Where in the conversation about one statement the network fails. */
export const moments = [
  'before the statement',
  'within the statement',
  'before the answer',
  'within the answer',
] as const
export type Moment = (typeof moments)[number]

/** How it fails: a reset, an orderly end, bytes that vanish while the connection stays open, or so many milliseconds of delay. */
export type Failing = 'reset' | 'end' | 'vanish' | { readonly delay: number }

export interface NetworkFault {
  readonly at: Moment
  readonly how: Failing
}

/** What is to happen to a statement, asked when all of it has come from the client and nothing has gone on to the server. */
export type Plan = (text: string) => NetworkFault | undefined | Promise<NetworkFault | undefined>

/** A network between PostgreSQL and its clients that fails on command. */
export interface NetworkProxy {
  /** Where to connect to, instead of the server. */
  readonly url: string
  plan: Plan
  /** Whether new connections are let through, refused, or taken and never answered. */
  door: 'open' | 'refused' | 'silent'
  /** Connections that are open. */
  readonly open: number
  close(): Promise<void>
}

/** Starts a proxy in front of the server that a URL names. */
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

/** One connection. It reads the protocol just enough to know where a statement ends, and where the answer to it does. */
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
  /** Between a statement and the end of its answer, which goes on to the client as a whole. */
  #isAsking = false
  /** Whether what the client, or the server, says goes nowhere any more. */
  #isDeaf = false
  #isMute = false
  /** What is under way by itself, for which the server is kept although the client has gone. */
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
      // What the server said last, as when it ends a session, is still an answer.
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

  /** Lets the network fail. Says whether it goes on after that. */
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
      // What was written before the reset is to arrive before it.
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

/** Cuts a stream into messages: a type, where there is one, a length, and what it is about. */
class Frames {
  #bytes: Buffer = Buffer.alloc(0)
  /** The first message of a client has no type. */
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
