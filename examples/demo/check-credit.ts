import { isDeepStrictEqual } from 'node:util'
import type { Balance, Entry } from '../../src/memory.ts'
import type { Gateway } from './gateway.ts'
import type { Host } from './host.ts'

const empty: Balance = {
  granted: 0n,
  available: 0n,
  reserved: 0n,
  spent: 0n,
  expired: 0n,
  revoked: 0n,
  overdraft: 0n,
}

/** Whether each balance is the sum of its entries and adds up. */
export async function isBalanced({ allocated, ledger }: Host): Promise<boolean> {
  for (const { wallet } of allocated) {
    const balance = await ledger.balance(wallet)
    const { granted, available, reserved, spent, expired, revoked, overdraft } = balance
    if (granted !== available + reserved + spent + expired + revoked - overdraft) return false
    if (!isDeepStrictEqual((await ledger.statement(wallet)).reduce(add, empty), balance)) return false
  }
  return true
}

/** Credits come from `granted` and `overdraft`, which grow by what leaves them; the other buckets grow by what enters. */
function add(balance: Balance, { from, to, amount }: Entry): Balance {
  const isSource = (bucket: keyof Balance) => bucket === 'granted' || bucket === 'overdraft'
  const left = { ...balance, [from]: balance[from] + (isSource(from) ? amount : -amount) }
  return { ...left, [to]: left[to] + (isSource(to) ? -amount : amount) }
}

/**
 * Whether each wallet was granted what the events brought it and spent what the gateway has counted, and whether all is at
 * rest: every reservation has ended, by itself where the gateway died, and no call has cost more than it held.
 */
export async function isBooked({ allocated, ledger }: Host, { costs }: Gateway): Promise<boolean> {
  for (const { wallet } of allocated) {
    const brought = allocated.filter((allocation) => allocation.wallet.id === wallet.id)
    const { granted, spent, reserved, overdraft } = await ledger.balance(wallet)
    if (granted !== brought.reduce((sum, { amount }) => sum + amount, 0n)) return false
    if (spent !== (costs.get(wallet.id) ?? 0n) || reserved !== 0n || overdraft !== 0n) return false
  }
  return true
}
