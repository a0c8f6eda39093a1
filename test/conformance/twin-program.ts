import type { WalletLevel } from '../../src/model/noun/wallet.ts'
import { day, hour } from '../../src/testing/conformance/ledger/ledger-fixture.ts'
import { Random } from '../bench/random.ts'

/** A write of a program. `isAborted`: whether the test aborts the write while it is in flight. */
export interface TwinStep {
  readonly write: string
  readonly request: object
  readonly isAborted: boolean
}

const wallet = (type: Exclude<WalletLevel['type'], 'member'>, id: string, incarnation = 0): WalletLevel =>
  ({ type, id, incarnation }) as WalletLevel

/**
 * The wallets of a program, each with the index of its parent. Their ids test array literals, quoting and encodings.
 */
const places: readonly (readonly [WalletLevel, above?: number])[] = [
  [wallet('organization', '__proto__')],
  [wallet('team', 'a"b\\c'), 0],
  [wallet('team', '{x,y}', 7), 0],
  [wallet('user', 'null'), 1],
  [wallet('user', 'NULL', Number.MAX_SAFE_INTEGER), 2],
  [wallet('user', '\u{1f600}é ü'), 1],
  [wallet('virtualAccount', "it's; drop -- $1"), 3],
  [wallet('user', 'é'.repeat(256)), 6],
  [wallet('user', ' '), 7],
  [wallet('team', 'alone')],
  [wallet('credential', '["a","b"]')],
  [{ type: 'member', team: 'a"b\\c', user: '","', incarnation: 0 }],
]
/** A level that never has a wallet. */
const nobody: WalletLevel = { type: 'member', team: '{x,y}', user: 'null', incarnation: 1 }
export const twinWallets: readonly WalletLevel[] = places.map(([one]) => one)

const periods = [
  { every: 'day', timeZone: 'UTC' },
  { every: 'day', timeZone: 'America/New_York' },
  { every: 'week', timeZone: 'Asia/Tokyo', startsOn: 5 },
  { every: 'month', timeZone: 'Europe/Berlin', startsOn: 31 },
] as const

type Fields = Readonly<Record<string, unknown>>

/** Generates a program of random writes, which is deterministic for a seed. All amounts are multiples of `unit`. */
export class TwinProgram {
  readonly random: Random
  readonly #unit: bigint
  #keys = 0
  #holds = 0

  constructor(seed: number, unit: bigint) {
    this.random = new Random(seed)
    this.#unit = unit
  }

  /** Returns the writes that create the wallets. */
  creation(): TwinStep[] {
    return places.map((_, place) => this.#put(place))
  }

  step(now: number): TwinStep {
    const made = this.random.below(100)
    if (made < 25) return this.#reserve()
    if (made < 46) return this.#settle(now)
    if (made < 51) return this.#write('release', { hold: this.random.chance(0.8) ? this.oldHold() : this.#hold() })
    if (made < 57) return this.#extend()
    if (made < 62) return this.#charge()
    if (made < 71) return this.#refund(now)
    if (made < 85) return this.#grant(now)
    if (made < 88) return this.#revoke()
    if (made < 93) return this.#allow()
    return this.#put(this.random.below(places.length))
  }

  /** Returns the id of a hold that probably exists. */
  oldHold(): string {
    const most = this.random.chance(0.8) ? Math.min(this.#holds, 12) : this.#holds
    return `h${Math.max(0, this.#holds - 1 - this.random.below(most + 1))}'"\\,{}`
  }

  #write(write: string, fields: Fields): TwinStep {
    return { write, request: definedOf(fields), isAborted: this.random.chance(0.04) }
  }

  #key(): string {
    if (this.random.chance(0.15)) return this.#oldKey()
    this.#keys += 1
    return `k${this.#keys}"\\{},null`
  }

  #oldKey(): string {
    return `k${1 + this.random.below(this.#keys + 1)}"\\{},null`
  }

  #hold(): string {
    if (this.random.chance(0.1)) return this.oldHold()
    this.#holds += 1
    return `h${this.#holds - 1}'"\\,{}`
  }

  #wallet(): WalletLevel {
    return this.random.pick(twinWallets)
  }

  /** Returns the wallets and the labels of a call: a `wallet`, or a `path` of some narrow levels and a wallet. */
  #call(): Fields {
    const note = this.#maybe(0.1, () => `note "${this.random.below(3)}"\\{}`)
    const [payer, key, member] = [this.random.pick(twinWallets.slice(0, places.length - 2)), ...twinWallets.slice(-2)]
    if (this.random.chance(0.75)) return { wallet: payer, tags: this.#tags(), note }
    const narrow = this.random.pick([[key], [member], [key, member], [nobody], [key, nobody]])
    return { path: this.random.chance(0.9) ? [...narrow, payer] : narrow, tags: this.#tags(), note }
  }

  #amount(most: number): bigint {
    return BigInt(this.random.between(1, most)) * this.#unit
  }

  #maybe<T>(probability: number, make: () => T): T | undefined {
    return this.random.chance(probability) ? make() : undefined
  }

  #tags(): readonly string[] | undefined {
    return this.#maybe(0.3, () => this.random.sample(['a', 'b', '"c\\'], this.random.between(1, 3)))
  }

  #revoke(): TwinStep {
    const amount = this.#maybe(0.5, () => this.#amount(9))
    return this.#write('revoke', { key: this.#key(), wallet: this.#wallet(), grant: this.#oldKey(), amount })
  }

  #reserve(): TwinStep {
    return this.#write('reserve', {
      hold: this.#hold(),
      ...this.#call(),
      amount: this.#amount(25),
      minAmount: this.#maybe(0.3, () => this.#unit),
      ttl: this.random.pick([1, 1_000, hour, 5 * hour, day]),
    })
  }

  #settle(now: number): TwinStep {
    return this.#write('settle', {
      hold: this.oldHold(),
      amount: this.random.chance(0.1) ? 0n : this.#amount(30),
      part: this.#maybe(0.3, () => this.#key()),
      overrun: this.#maybe(0.4, () => this.random.pick(['charge', 'cap', 'reject'])),
      late: this.#maybe(0.35, () => this.random.pick(['charge', 'reject'])),
      ifUnknown: this.#maybe(0.2, () => ({
        ...definedOf(this.#call()),
        startedAt: now - this.random.pick([0, hour, 3 * day]),
      })),
    })
  }

  #extend(): TwinStep {
    return this.#write('extend', {
      key: this.#key(),
      hold: this.oldHold(),
      ttl: this.random.pick([1, hour, day]),
      increase: this.#maybe(0.6, () => this.#amount(9)),
    })
  }

  #charge(): TwinStep {
    const [hold, amount] = [this.#hold(), this.#amount(20)]
    return this.#write('charge', { hold, ...this.#call(), amount })
  }

  /** Refunds a hold, or an entry that may be weeks old, of any kind, or not there. */
  #refund(now: number): TwinStep {
    const entry = this.#maybe(0.5, () => ({ wallet: this.#wallet(), sequence: this.random.below(120) }))
    return this.#write('refund', {
      key: this.#key(),
      hold: entry === undefined ? this.oldHold() : undefined,
      entry,
      amount: this.#amount(12),
      expiresAt: this.#maybe(0.4, () => now + this.random.pick([0, hour, day])),
    })
  }

  #grant(now: number): TwinStep {
    const effectiveAt = this.#maybe(0.3, () => now + (this.random.below(20) - 3) * hour)
    const lasts = this.#maybe(0.5, () => this.random.pick([0, 1, hour, 2 * hour, 6 * hour, day]))
    return this.#write('grant', {
      key: this.#key(),
      wallet: this.#wallet(),
      amount: this.#amount(80),
      priority: this.#maybe(0.5, () => this.random.pick([0, 1, 100, 1_000])),
      effectiveAt,
      expiresAt: lasts === undefined ? undefined : Math.max(now, effectiveAt ?? 0) + lasts,
      only: this.#tags(),
    })
  }

  #allow(): TwinStep {
    return this.#write('putAllowance', {
      key: this.#key(),
      wallet: this.#wallet(),
      allowance: this.random.pick(['x', 'y"']),
      amount: this.random.chance(0.2) ? 0n : this.#amount(30),
      period: this.random.pick(periods),
      rollover: this.#maybe(0.5, () => this.#amount(10)),
      only: this.#tags(),
    })
  }

  #put(place: number): TwinStep {
    const above = places[place]?.[1]
    const isNarrow = place >= places.length - 2
    const parent =
      above === undefined || this.random.chance(0.05) ? this.#maybe(0.05, () => this.#wallet()) : twinWallets[above]
    const funding =
      place === 0 ? 'postpaid' : parent === undefined && !isNarrow ? 'own' : this.random.pick(['own', 'own', 'parent'])
    const period = this.#maybe(0.7, () => this.random.pick(periods))
    return this.#write('putWallet', {
      key: this.#key(),
      wallet: twinWallets[place],
      funding,
      parent,
      cap: this.#maybe(0.4, () => ({
        amount: this.#amount(300),
        ...(period && { period }),
        softLimits: [10n * this.#unit],
      })),
      overdraftLimit: this.#maybe(0.4, () => this.#amount(20)),
      status: this.#maybe(0.15, () => this.random.pick(['open', 'frozen', 'closed'])),
    })
  }
}

function definedOf(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
