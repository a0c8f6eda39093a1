import type { LedgerWallet } from '../../model/noun/wallet.ts'
import type { CreditLedger } from '../../port/credit-ledger.ts'

/** What every call of a gateway costs: a reservation before, a settlement after. */
export interface LedgerCycle {
  reserve(hold: string): Promise<void>
  settle(hold: string): Promise<void>
}

/** How fast cycles are. */
export interface CycleSpeed {
  readonly callers: number
  /** How many were done. */
  readonly cycles: number
  /** Cycles a second, of all callers together. */
  readonly rate: number
  /** Of single steps, in milliseconds. */
  readonly p50: number
  readonly p99: number
}

/** The cycle of a ledger at one wallet, which needs credit for all that comes: 100 units are held, 60 spent. */
export function ledgerCycle(ledger: CreditLedger, wallet: LedgerWallet): LedgerCycle {
  return {
    reserve: async (hold) => {
      const answer = await ledger.reserve({ hold, wallet, amount: 100n, ttl: 60_000 })
      if (!answer.ok) throw new Error(`a reservation was refused: ${answer.reason}`)
    },
    settle: async (hold) => {
      const answer = await ledger.settle({ hold, amount: 60n })
      if (!answer.ok) throw new Error(`a settlement was refused: ${answer.reason}`)
    },
  }
}

/**
 * Chapter J, a report and no promise: lets so many callers do one cycle after the other for some milliseconds. What a ledger
 * is compared to is measured the same way, in turn with it. `name` sets the holds of one measurement apart from all others.
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
