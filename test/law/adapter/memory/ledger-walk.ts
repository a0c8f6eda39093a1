import fc from 'fast-check'
import { expect } from 'vitest'
import { createMemoryClock, createMemoryCreditLedger } from '../../../../src/memory.ts'
import type { Wallet } from '../../../../src/model/wallet.ts'
import type { Balance, Entry, Grant, Release, Reserve, Settle } from '../../../../src/port/simple-credit-ledger.ts'
import { NaiveLedger } from './naive-ledger.ts'

/** Wallets that a careless key would take for one another. */
export const wallets: readonly Wallet[] = [
  { type: 'user', id: 'a', incarnation: 1 },
  { type: 'team', id: 'a', incarnation: 1 },
  { type: 'user', id: 'a', incarnation: 11 },
  { type: 'user', id: 'a,1', incarnation: 1 },
]

/** A wallet that nothing happens to. Asking for it shows the time to the ledger, and touches no other wallet. */
const bystander: Wallet = { type: 'virtualAccount', id: 'a', incarnation: 1 }

/** One thing that happens to a ledger. Instants are relative to the time then. */
export type Step =
  | { readonly type: 'pass'; readonly milliseconds: number }
  | {
      readonly type: 'grant'
      readonly key: string
      readonly wallet: number
      readonly amount: bigint
      readonly in?: number
    }
  | {
      readonly type: 'reserve'
      readonly hold: string
      readonly wallet: number
      readonly amount: bigint
      readonly in: number
    }
  | { readonly type: 'settle'; readonly hold: string; readonly amount: bigint }
  | { readonly type: 'release'; readonly hold: string }
  /** The write that was sent so many writes ago, sent again. */
  | { readonly type: 'repeat'; readonly back: number }

const key = fc.integer({ min: 0, max: 30 }).map((i) => `key ${i}`)
const heldKey = fc.integer({ min: 0, max: 12 }).map((i) => `hold ${i}`)
const wallet = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(wallets.length - 1) })
const amount = (min: bigint, max: bigint) => fc.bigInt({ min, max })

/** Anything that may happen, mostly to one wallet. */
export const arbitraryStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('pass' as const), milliseconds: fc.integer({ min: -2, max: 8 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record(
      {
        type: fc.constant('grant' as const),
        key,
        wallet,
        amount: amount(1n, 12n),
        in: fc.integer({ min: -1, max: 12 }),
      },
      { requiredKeys: ['type', 'key', 'wallet', 'amount'] },
    ),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('reserve' as const),
      hold: heldKey,
      wallet,
      amount: amount(1n, 8n),
      in: fc.integer({ min: 0, max: 12 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('settle' as const), hold: heldKey, amount: amount(0n, 12n) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('release' as const), hold: heldKey }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('repeat' as const), back: fc.integer({ min: 1, max: 6 }) }) },
)

type Write =
  | ({ readonly verb: 'grant' } & Grant)
  | ({ readonly verb: 'reserve' } & Reserve)
  | ({ readonly verb: 'settle' } & Settle)
  | ({ readonly verb: 'release' } & Release)

/** A ledger and what it should be, taken through the same steps. */
export class LedgerWalk {
  readonly naive = new NaiveLedger()
  readonly clock = createMemoryClock()
  readonly ledger = createMemoryCreditLedger({ clock: this.clock })
  /** The writes that were done, by verb and key, with the answer. */
  readonly #done = new Map<string, { readonly write: Write; readonly answer: object }>()
  readonly #sent: Write[] = []

  /** Takes one step, and checks the answer. */
  async take(step: Step): Promise<void> {
    if (step.type === 'pass') {
      this.clock.set(Math.max(0, this.clock.now() + step.milliseconds))
      this.naive.passTo(this.clock.now())
      await this.ledger.balance(bystander)
      return
    }
    const write = step.type === 'repeat' ? this.#sent.at(-step.back) : this.#writeOf(step)
    if (write === undefined) return
    this.#sent.push(write)
    const expected = this.#expect(write)
    const { verb, ...request } = write
    expect(await this.ledger[verb](request as never)).toEqual(expected)
  }

  #writeOf(step: Exclude<Step, { type: 'pass' | 'repeat' }>): Write {
    const { at } = this.naive
    if (step.type === 'settle') return { verb: 'settle', hold: step.hold, amount: step.amount }
    if (step.type === 'release') return { verb: 'release', hold: step.hold }
    const wallet = wallets[step.wallet] as Wallet
    if (step.type === 'reserve')
      return { verb: 'reserve', hold: step.hold, wallet, amount: step.amount, expiresAt: at + step.in }
    const grant = { verb: 'grant', key: step.key, wallet, amount: step.amount } as const
    return step.in === undefined ? grant : { ...grant, expiresAt: Math.max(0, at + step.in) }
  }

  #expect(write: Write): object {
    const name = JSON.stringify([write.verb, write.verb === 'grant' ? write.key : write.hold])
    const first = this.#done.get(name)
    if (first) {
      return isSame(first.write, write) ? { ...first.answer, replay: true } : { ok: false, reason: 'key_reused' }
    }
    const answer = this.#perform(write)
    if ('ok' in answer && answer.ok === true) this.#done.set(name, { write, answer })
    return answer
  }

  #perform(write: Write): object {
    if (write.verb === 'grant') {
      this.naive.grant(write)
      return { ok: true, replay: false }
    }
    if (write.verb === 'reserve') return this.#reserve(write)
    const hold = this.naive.holds.get(write.hold)
    if (!hold) return { ok: false, reason: 'hold_unknown' }
    if (write.verb === 'settle') {
      if (hold.state === 'released') return { ok: false, reason: 'hold_released' }
      const isLate = hold.state === 'lapsed'
      const [fromReserved, fromAvailable, fromOverdraft] = this.naive.settle(hold, write.amount)
      const returned = isLate ? 0n : hold.amount - fromReserved
      return { ok: true, replay: false, isLate, fromReserved, fromAvailable, fromOverdraft, returned }
    }
    if (hold.state === 'settled') return { ok: false, reason: 'hold_settled' }
    return { ok: true, replay: false, returned: this.naive.end(hold, 'released') }
  }

  #reserve(write: Reserve): object {
    if (write.expiresAt <= this.naive.at) return { ok: false, reason: 'hold_expired' }
    const { available, reserved, overdraft } = this.naive.balance(write.wallet)
    const result = this.naive.reserve(write)
    if (result === 'reserved') return { ok: true, replay: false }
    const retry = available + reserved - overdraft >= write.amount ? 'held_by_others' : 'never_fits'
    const { wallet, amount: needed } = write
    return { ok: false, reason: result, retry, wallet, needed, available, reserved, overdraft }
  }
}

function isSame(one: Write, other: Write): boolean {
  const text = (write: Write) => JSON.stringify(write, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))
  return text(one) === text(other)
}

/** The sum of entries, as the port defines it. */
export function sumOf(entries: readonly Entry[]): Balance {
  const sum = (bucket: keyof Balance, side: 'from' | 'to') =>
    entries.filter((entry) => entry[side] === bucket).reduce((total, { amount }) => total + amount, 0n)
  const left = (bucket: keyof Balance) => sum(bucket, 'from') - sum(bucket, 'to')
  return {
    granted: left('granted'),
    available: -left('available'),
    reserved: -left('reserved'),
    spent: -left('spent'),
    expired: -left('expired'),
    revoked: -left('revoked'),
    overdraft: left('overdraft'),
  }
}
