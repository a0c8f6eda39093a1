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

/**
 * Whether every balance equals the sum of the wallet's entries, and its source buckets and destination buckets have
 * equal sums.
 */
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

/**
 * Adds an entry to a balance. A source bucket grows when credits leave it. Every other bucket grows when credits enter
 * it.
 */
function add(balance: Balance, { sequence, from, to, amount }: Entry): Balance {
  const left = { ...balance, sequence, [from]: balance[from] + (sources.includes(from) ? amount : -amount) }
  return { ...left, [to]: left[to] + (sources.includes(to) ? -amount : amount) }
}

/**
 * Whether the ledger agrees with the events and the gateway: every wallet was granted the allocated credits and spent
 * the costs of its calls. Also requires that no hold is open and no wallet owes overdraft.
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
