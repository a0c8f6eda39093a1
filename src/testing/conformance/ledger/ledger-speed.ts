import type { WalletLevel } from '../../../model/noun/wallet.ts'
import type { CreditLedger } from '../../../port/credit-ledger.ts'

/** The ledger calls around one model call: a reserve before and a settle after. */
export interface LedgerCycle {
  reserve(hold: string): Promise<void>
  settle(hold: string): Promise<void>
}

/** The result of one speed measurement. */
export interface CycleSpeed {
  readonly callers: number
  /** The number of completed cycles. */
  readonly cycles: number
  /** The number of cycles per second, summed over all callers. */
  readonly rate: number
  /** The median time of one reserve or settle, in milliseconds. `p99` is the 99th percentile. */
  readonly p50: number
  readonly p99: number
}

/**
 * Returns a cycle at one wallet that reserves 100 units and settles 60. The wallet must have enough credits for every
 * cycle.
 */
export function ledgerCycle(ledger: CreditLedger, wallet: WalletLevel): LedgerCycle {
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
 * Measures the speed of cycles. Each of `callers` repeats the cycle for `milliseconds`. A report, not a conformance
 * case. Alternate between measuring a ledger and measuring its baseline. `name` prefixes the hold ids, so use a
 * different name for each measurement.
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
