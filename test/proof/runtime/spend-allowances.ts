import { createMemoryClock, createMemoryCreditLedger } from 'portcullis/memory'

const day = 86_400_000
const periods = [
  { every: 'day', timeZone: 'Europe/Berlin' },
  { every: 'day', timeZone: 'Australia/Lord_Howe' },
  { every: 'week', timeZone: 'America/New_York' },
  { every: 'month', timeZone: 'Asia/Kathmandu' },
] as const

/**
 * Spends allowances of several time zones in the ledger in memory for a year, with both changes of daylight saving time, and
 * returns the wallet after each write: the ends of periods come from the time zones of the runtime.
 */
export async function spendAllowances(): Promise<readonly unknown[]> {
  const clock = createMemoryClock(Date.parse('2026-01-01T00:00:00Z'))
  const ledger = createMemoryCreditLedger({ clock })
  const results: unknown[] = []
  for (const [i, period] of periods.entries()) {
    const wallet = { type: 'team', id: period.timeZone, incarnation: 1 } as const
    results.push(await ledger.putWallet({ key: `wallet ${i}`, wallet, funding: 'own' }))
    const allowance = { wallet, allowance: 'allowance', amount: 1_000n, period, rollover: 500n }
    results.push(await ledger.putAllowance({ key: `allowance ${i}`, ...allowance }))
  }
  for (let n = 0; n < 73; n += 1) {
    clock.advance(5 * day - 37_000)
    for (const { timeZone } of periods) {
      const wallet = { type: 'team', id: timeZone, incarnation: 1 } as const
      const hold = `${timeZone} ${n}`
      results.push(await ledger.reserve({ hold, wallet, amount: 300n, ttl: 60_000 }))
      results.push(await ledger.settle({ hold, amount: 250n }))
      results.push(await ledger.wallet(wallet))
    }
  }
  results.push(await ledger.verify())
  await ledger.close()
  return results
}
