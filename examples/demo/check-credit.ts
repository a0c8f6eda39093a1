import { isDeepStrictEqual } from 'node:util'
import type { Balance, Entry } from 'portcullis/ledger'
import type { Gateway } from './gateway.ts'
import type { Host } from './host.ts'

const empty: Balance = {
  sequence: 0,
  granted: 0n,
  drawn: 0n,
  overdraft: 0n,
  writtenOff: 0n,
  available: 0n,
  reserved: 0n,
  spent: 0n,
  expired: 0n,
  revoked: 0n,
}
const sources: readonly (keyof Balance)[] = ['granted', 'drawn', 'overdraft', 'writtenOff']

/** Whether each balance is the sum of its entries and adds up. */
export async function isBalanced({ allocated, ledger }: Host): Promise<boolean> {
  for (const { wallet } of allocated) {
    const balance = await ledger.balance(wallet)
    const { granted, drawn, overdraft, writtenOff, available, reserved, spent, expired, revoked } = balance
    if (granted + drawn + overdraft + writtenOff !== available + reserved + spent + expired + revoked) return false
    let sum = empty
    for await (const entry of ledger.statement(wallet)) sum = add(sum, entry)
    if (!isDeepStrictEqual(sum, balance)) return false
  }
  return true
}

/** Credits come from the sources, which grow by what leaves them; the other buckets grow by what enters. */
function add(balance: Balance, { sequence, from, to, amount }: Entry): Balance {
  const left = { ...balance, sequence, [from]: balance[from] + (sources.includes(from) ? amount : -amount) }
  return { ...left, [to]: left[to] + (sources.includes(to) ? -amount : amount) }
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
