import { describe, expect, test } from 'vitest'
import { type Access, accessOf, served, spent } from './served.ts'
import { type TextClient, textClients } from './text-client.ts'

/** Returns a usage whose numbers are replaced, also in its parts. */
function withNumbers(usage: object, replace: (amount: number) => unknown): object {
  const entries = Object.entries(usage).map(([name, value]: [string, unknown]) => {
    if (typeof value === 'number') return [name, replace(value)]
    return [name, typeof value === 'object' && value !== null ? withNumbers(value, replace) : value]
  })
  return Object.fromEntries(entries) as object
}

/** What an upstream reports instead of its usage. None of it can be true. */
const lies: Readonly<Record<string, (own: object) => unknown>> = {
  'no usage': () => undefined,
  null: () => null,
  'a string': () => 'many',
  'a list': () => [],
  'an empty object': () => ({}),
  'strings as amounts': (own) => withNumbers(own, String),
  'null as amounts': (own) => withNumbers(own, () => null),
  'zero amounts': (own) => withNumbers(own, () => 0),
  'negative amounts': (own) => withNumbers(own, (amount) => -amount - 1),
  fractions: (own) => withNumbers(own, (amount) => amount + 0.5),
  'amounts over 10^9': (own) => withNumbers(own, () => 1e15),
}

/** Returns the text that a client gets, or the name of the error that it throws. */
async function outcomeOf({ ask }: TextClient, access: Access): Promise<string> {
  const question = { model: 'fast', content: 'hi' }
  return await ask(access, question).catch((error: unknown) => Object(error).constructor.name)
}

/** Four characters of the answer are estimated as a token, in each chunk of a stream. */
function deliveredTo(name: string, { path, isStream }: TextClient): bigint {
  // The upstream repeats the bound that this client sends: `hello 10000`.
  if (name === 'openai, chat') return 3n
  // `hello`, or `one `, `two ` and `three`.
  return isStream && path !== '/v1/responses' ? 4n : 2n
}

/** Asks with a client through a guard, and returns what is booked, and the size of the request. */
async function bookedFor([name, client]: (typeof textClients)[number], usageOf: (own: object) => unknown) {
  const gateway = await served()
  gateway.upstream.usageOf = usageOf
  // The AI SDK refuses what its schemas do not accept, also if no guard stands between.
  const direct = await outcomeOf(client, { url: gateway.upstream.url, apiKey: 'key' })
  const guarded = await outcomeOf(client, accessOf(gateway))
  expect([name, guarded]).toEqual([name, direct])
  if (client.package !== 'ai') expect(guarded).toMatch(/^(hello|one two three)/)
  expect(gateway.requests).toHaveLength(1)
  const amount = await spent(gateway)
  return { amount, size: gateway.requests[0]?.size ?? Number.NaN, notices: gateway.guardNotices }
}

describe('a client of an upstream that reports', () => {
  test.each(Object.entries(lies))('%s gets its answer, which is booked at its text', async (_, usageOf) => {
    await Promise.all(
      textClients.map(async (named) => {
        const { amount, size, notices } = await bookedFor(named, usageOf)
        // Four bytes of the body are estimated as a token of input.
        const expected = BigInt(Math.ceil(size / 4)) * 1_000n + deliveredTo(...named) * 10_000n
        expect([named[0], amount, notices]).toMatchObject([named[0], expected, [{ type: 'usage_missing' }]])
      }),
    )
  })

  test('more than is possible gets its answer, which is booked at the reserved amount', async () => {
    await Promise.all(
      textClients.map(async (named) => {
        const { amount, size, notices } = await bookedFor(named, (own) => withNumbers(own, () => 300_000_000))
        // A token for each byte of the body and 1,000 that the provider may add, and the 10,000 tokens of the client's bound.
        const expected = BigInt(size + 1_000) * 1_000n + 10_000n * 10_000n
        expect([named[0], amount, notices]).toMatchObject([named[0], expected, [{ type: 'cost_unknown' }]])
      }),
    )
  })
})
