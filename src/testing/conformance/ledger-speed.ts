import type { LedgerWallet } from '../../model/noun/wallet.ts'
import type { CreditLedger } from '../../port/credit-ledger.ts'

/** The two ledger calls around every model call of a gateway: a reserve before it and a settle after it. */
export interface LedgerCycle {
  reserve(hold: string): Promise<void>
  settle(hold: string): Promise<void>
}

/** The speed of cycles in one measurement. */
export interface CycleSpeed {
  readonly callers: number
  /** Completed cycles. */
  readonly cycles: number
  /** Cycles per second, over all callers. */
  readonly rate: number
  /** Percentiles of the time of one reserve or settle, in milliseconds. */
  readonly p50: number
  readonly p99: number
}

/** The cycle of a ledger at one wallet: reserves 100 units and settles 60. The wallet must have credit for every cycle. */
export function ledgerCycle(ledger: CreditLedger, wallet: LedgerWallet): LedgerCycle {
  return {
    reserve: async (hold) => {
      const result = await ledger.reserve({ hold, wallet, amount: 100n, ttl: 60_000 })
      if (!result.ok) throw new Error(`reserve refused: ${result.reason}`)
    },
    settle: async (hold) => {
      const result = await ledger.settle({ hold, amount: 60n })
      if (!result.ok) throw new Error(`settle refused: ${result.reason}`)
    },
  }
}

/**
 * Measures cycles: each of `callers` repeats the cycle for `milliseconds`. A report, not a conformance case. Measure a
 * ledger and its baseline in alternation. `name` prefixes the hold ids, so it must differ between measurements.
 */
export async function measureCycle(
  cycle: LedgerCycle,
  { name, callers, milliseconds }: { readonly name: string; readonly callers: number; readonly milliseconds: number },
): Promise<CycleSpeed> {
  const times: number[] = []
  const start = performance.now()
  const call = async (caller: number): Promise<number> => {
    let cycles = 0
    for (; performance.now() - start < milliseconds; cycles += 1) {
      const hold = `${name}-${caller}-${cycles}`
      const before = performance.now()
      await cycle.reserve(hold)
      const between = performance.now()
      await cycle.settle(hold)
      times.push(between - before, performance.now() - between)
    }
    return cycles
  }
  const all = await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)))
  const seconds = (performance.now() - start) / 1_000
  const cycles = all.reduce((sum, one) => sum + one, 0)
  times.sort((a, b) => a - b)
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  return { callers, cycles, rate: cycles / seconds, p50: at(0.5), p99: at(0.99) }
}
