// The ledger calls of a gateway around a model call: reserve before, settle or release after, with an HTTP status for each refusal.

import { setTimeout as pause } from 'node:timers/promises'
import { credit, formatCredit, type WalletLevel } from 'portcullis'
import { LedgerError, type ReserveResult } from 'portcullis/ledger'
import { createMemoryClock, createMemoryCreditLedger } from 'portcullis/memory'

const clock = createMemoryClock(Date.UTC(2026, 9, 20))
const ledger = createMemoryCreditLedger({ clock })
const wallet: WalletLevel = { type: 'team', id: 'acme-prod', incarnation: 1 }
// The `walletPath` of a decision. The key has no wallet in the ledger, so it bounds nothing; statements show it.
const path: readonly WalletLevel[] = [{ type: 'credential', id: 'key-1', incarnation: 1 }, wallet]
const cap = { amount: credit('3'), period: { every: 'day', timeZone: 'UTC' } } as const
await ledger.putWallet({ key: 'open', wallet, funding: 'own', cap })
await ledger.grant({ key: 'invoice 4711', wallet, amount: credit('2.5') })

/**
 * Returns the HTTP status for a refused reservation. 429: retry later. 402: add credits. 403: change the wallet. 400
 * and 409: the request is malformed or conflicts with an earlier request.
 */
function statusOf(refusal: Exclude<ReserveResult, { readonly ok: true }>): number {
  if ('retry' in refusal) return { when_holds_clear: 429, at_reset: 429, after_top_up: 402, never: 403 }[refusal.retry]
  const isMalformed = ['request_invalid', 'amount_too_large', 'path_too_long'].includes(refusal.reason)
  return isMalformed ? 400 : 409
}

/**
 * Retries a write unchanged until it succeeds, at most 8 times. Rejects with the last error, which the caller should
 * log.
 */
async function retry<T>(write: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await write()
    } catch (error) {
      if (!(error instanceof LedgerError) || error.code === 'ledger_closed' || tries === 8) throw error
      await pause(50 * 2 ** tries)
    }
  }
}

/** Releases a hold in the background. A hold that is never released lapses. */
function releaseLater(hold: string): void {
  retry(() => ledger.release({ hold })).catch((error: unknown) => console.error(error))
}

async function call(hold: string, upstream: (limit: bigint) => Promise<bigint>, signal: AbortSignal): Promise<string> {
  const startedAt = clock.now()
  let held: ReserveResult
  try {
    const amount = { amount: credit('1'), minAmount: credit('0.1') }
    held = await ledger.reserve({ hold, path, tags: ['gpt-4'], ...amount, ttl: 60_000 }, { signal })
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error
    // The reserve may have taken effect, but the call will not be made.
    if (error.outcome === 'unknown') releaseLater(hold)
    return `503 ${error.code}, ${error.outcome}`
  }
  if (!held.ok) return `${statusOf(held)} ${held.reason}`
  if (held.replay) return '409 the call was already made'
  let cost: bigint
  try {
    cost = await upstream(held.amount)
  } catch (error) {
    // If the failed call has a cost, settle it instead.
    releaseLater(hold)
    return `502 upstream failed: ${error instanceof Error ? error.message : error}`
  }
  // No deadline, because the provider has billed the call. `ifUnknown` books it even if the ledger has forgotten the hold.
  const settled = await retry(() =>
    ledger.settle({ hold, amount: cost, ifUnknown: { path, tags: ['gpt-4'], startedAt } }),
  )
  if (!settled.ok) return `200 but not booked: ${settled.reason}`
  return `200 cost ${formatCredit(cost)} of ${formatCredit(held.amount)}${settled.isLate ? ', late' : ''}`
}

const soon = () => AbortSignal.timeout(10_000)
console.log(await call('a', async () => credit('0.25'), soon()))
console.log(await call('a', async () => credit('0.25'), soon()))
console.log(await call('b', () => Promise.reject(new Error('overloaded')), soon()))
console.log(await call('c', async () => credit('0.75'), AbortSignal.abort()))
const slow = async (limit: bigint) => {
  clock.advance(90_000)
  return limit
}
console.log(await call('d', slow, soon()))
console.log(await call('e', async (limit) => limit, soon()))
console.log(await call('f', async (limit) => limit, soon()))
console.log(await call('g', async (limit) => limit, soon()))
await ledger.grant({ key: 'invoice 4712', wallet, amount: credit('5') })
console.log(await call('h', async (limit) => limit, soon()))
console.log(await call('i', async (limit) => limit, soon()))
console.log(await call('', async (limit) => limit, soon()))
