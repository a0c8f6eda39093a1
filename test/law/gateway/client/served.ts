import type { AddressInfo } from 'node:net'
import Anthropic from '@anthropic-ai/sdk'
import { serve } from '@hono/node-server'
import OpenAI from 'openai'
import { expect, onTestFinished } from 'vitest'
import { createMemoryCreditLedger } from '../../../../src/adapter/memory/index.ts'
import type { GuardOptions } from '../../../../src/gateway/index.ts'
import type { CreditLedger } from '../../../../src/port/credit-ledger.ts'
import type { EngineOptions } from '../../../../src/runtime/index.ts'
import { withMethods } from '../../runtime/faulty.ts'
import { until } from '../../runtime/gateway.ts'
import { amounts, foundGuarded, type GuardedGateway } from '../world.ts'

/** How a client reaches a gateway. */
export interface Access {
  readonly url: string
  readonly apiKey: string
  /** Headers that replace those of the client. `null` leaves a header out. */
  readonly headers?: Readonly<Record<string, string | null>>
}

/** A request that a client sent to the gateway. */
interface ClientRequest {
  readonly path: string
  /** The header `x-client`, by which a test tells clients apart that call at the same time. */
  readonly client: string | null
  /** The size of the body in bytes. `NaN` if the client did not send it. */
  readonly size: number
}

/** A guarded gateway behind a server, with the clients of its team. */
export interface Served extends GuardedGateway {
  readonly openai: OpenAI
  readonly anthropic: Anthropic
  readonly url: string
  readonly requests: ClientRequest[]
  /** The ids of the holds that the ledger reserved. */
  readonly holds: string[]
  /** The settles and releases that the ledger got. */
  readonly endings: Ending[]
}

/** A settle at an amount, or a release, which has none. */
interface Ending {
  readonly hold: string
  readonly amount?: bigint
}

/** Serves a guarded gateway on a free loopback port. It is closed after the test. */
export async function served(options: GuardOptions = {}, engineOptions: Partial<EngineOptions> = {}): Promise<Served> {
  const holds: string[] = []
  const endings: Ending[] = []
  const ledger = recordingLedger(engineOptions.ledger ?? createMemoryCreditLedger(), holds, endings)
  const gateway = await foundGuarded(options, { ...engineOptions, ledger })
  const requests: ClientRequest[] = []
  const port = await new Promise<number>((resolve) => {
    const fetch = async (request: Request) => {
      const { headers, url } = request
      const size = Number(headers.get('content-length') ?? Number.NaN)
      requests.push({ path: new URL(url).pathname, client: headers.get('x-client'), size })
      return (await gateway.guard.handle(request, gateway.attempt)) ?? new Response('passed', { status: 299 })
    }
    const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }, (address: AddressInfo) => resolve(address.port))
    onTestFinished(async () => {
      if ('closeAllConnections' in server) server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    })
  })
  const url = `http://127.0.0.1:${port}`
  const apiKey = gateway.token
  const openai = new OpenAI({ apiKey, baseURL: `${url}/v1` })
  return { ...gateway, openai, anthropic: new Anthropic({ apiKey, baseURL: url }), url, requests, holds, endings }
}

/** Returns a ledger that records the holds it reserves, and the requests that end them. */
function recordingLedger(ledger: CreditLedger, holds: string[], endings: Ending[]): CreditLedger {
  return withMethods<CreditLedger>(ledger, {
    reserve: async (request, options) => {
      const result = await ledger.reserve(request, options)
      if (result.ok) holds.push(request.hold)
      return result
    },
    settle: (request, options) => {
      endings.push({ hold: request.hold, amount: request.amount })
      return ledger.settle(request, options)
    },
    release: (request, options) => {
      endings.push({ hold: request.hold })
      return ledger.release(request, options)
    },
  })
}

/**
 * Waits until no credits are reserved, and returns what was spent. Checks that the books balance, that each hold was
 * ended, and that no call was ended twice.
 */
export async function spent(gateway: Served): Promise<bigint> {
  await until(async () => (await amounts(gateway))[1] === 0n && gateway.engine.status().unansweredWrites === 0)
  expect(await gateway.ledger.verify()).toEqual([])
  const ended = gateway.endings.map(({ hold }) => hold)
  expect([...new Set(ended)]).toEqual(ended)
  expect(ended).toEqual(expect.arrayContaining(gateway.holds))
  return (await amounts(gateway))[2]
}

export const messages = (content: string) => [{ role: 'user' as const, content }]

/** The cost of the usage that the upstream reports for texts: 10 input and 3 output tokens. */
export const textCost = 40_000n

/** How a client of the team reaches a gateway. */
export function accessOf({ url, token }: Served, client = ''): Access {
  return { url, apiKey: token, headers: { 'x-client': client } }
}
