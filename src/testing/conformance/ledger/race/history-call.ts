import fc from 'fast-check'
import type { WalletLevel } from '../../../../model/noun/wallet.ts'
import type { LedgerCall, LedgerCalls } from '../../../reference/ledger-model/state.ts'
import { credential, day, hour, member, organization, otherMember, start, team, user } from '../ledger-fixture.ts'

/** A wallet that does not exist at the start of a history. */
const guest: WalletLevel = { ...user, incarnation: 4 }

/** The wallets that generated histories use. */
export const historyWallets: readonly WalletLevel[] = [organization, team, user, guest, credential, member]
/** The hold ids that generated histories use. */
export const historyHolds: readonly string[] = ['h0', 'h1', 'h2', 'h3', 'h4']

/**
 * The setup calls of every history. They put a user below a team below an organization, and grant credits to the team.
 */
export const foundingCalls: readonly LedgerCall[] = [
  {
    call: 'putWallet',
    request: { key: 'w0', wallet: organization, funding: 'postpaid', cap: { amount: 40n, softLimits: [10n, 20n] } },
  },
  { call: 'putWallet', request: { key: 'w1', wallet: team, funding: 'own', parent: organization, overdraftLimit: 6n } },
  { call: 'putWallet', request: { key: 'w2', wallet: user, funding: 'parent', parent: team } },
  { call: 'grant', request: { key: 'g0', wallet: team, amount: 20n } },
]

type Fields<Request> = { readonly [F in keyof Request]?: fc.Arbitrary<Exclude<Request[F], undefined>> }

/**
 * Generates objects that have all `always` fields. Each `sometimes` field is present with a probability of one in two.
 */
function recordOf<Value>(always: Fields<Value>, sometimes: Fields<Value>): fc.Arbitrary<Value> {
  const fields = { ...always, ...sometimes } as Record<string, fc.Arbitrary<unknown>>
  return fc.record(fields, { requiredKeys: Object.keys(always) }) as fc.Arbitrary<unknown> as fc.Arbitrary<Value>
}

function callOf<C extends keyof LedgerCalls>(
  call: C,
  requests: fc.Arbitrary<LedgerCalls[C]>,
): fc.Arbitrary<LedgerCall> {
  return requests.map((request) => ({ call, request }) as unknown as LedgerCall)
}

/**
 * Generates calls whose requests have all `always` fields. Each `sometimes` field is present with a probability of one
 * in two.
 */
function calls<C extends keyof LedgerCalls>(
  call: C,
  always: Fields<LedgerCalls[C]>,
  sometimes: Fields<LedgerCalls[C]> = {},
): fc.Arbitrary<LedgerCall> {
  return callOf(call, recordOf(always, sometimes))
}

const hold = fc.constantFrom(...historyHolds)
const wallet = fc.constantFrom(user, user, team, guest)
const owner = fc.constantFrom<WalletLevel>(team, team, guest, member)
/** Generates the paths of calls. The wallets of the credential and the member may be created during a history. */
const path = fc.constantFrom<readonly WalletLevel[]>(
  [credential, member, team, organization],
  [credential, user],
  [member, guest],
  [credential],
  [otherMember, organization],
)
const little = fc.constantFrom(1n, 2n, 3n, 5n, 8n)
const much = fc.constantFrom(4n, 9n, 15n)
const tags = fc.constantFrom(['a'], ['b'], ['a', 'b'])
/** Generates one of these keys, or sometimes a key shared with other kinds of calls. */
const keys = (...own: readonly string[]) => fc.constantFrom(...own, ...own, ...own, 'k0', 'k1')
const grantName = fc.constantFrom('g0', 'g0', 'g1', 'g2', 'g3', 'r1', 'r2')

const status = fc.constantFrom<'open' | 'frozen' | 'closed'>('open', 'open', 'frozen', 'closed')
const cap = recordOf<NonNullable<LedgerCalls['putWallet']['cap']>>(
  { amount: fc.constantFrom(0n, 9n, 16n, 16n, 25n, 40n) },
  { softLimits: fc.constantFrom([5n], [10n, 30n]) },
)
const key = keys('w3', 'w4', 'w5')
const lowBalances = fc.constantFrom([4n], [1n, 9n, 15n])
const terms = { cap, overdraftLimit: fc.constantFrom(0n, 2n, 6n), lowBalances, status }
/** Generates `putWallet` calls, which change every term except the funding. */
const put = fc.oneof(
  calls(
    'putWallet',
    { key, wallet: fc.constant(organization), funding: fc.constant('postpaid') },
    { ...terms, parent: fc.constantFrom(user, guest) },
  ),
  calls(
    'putWallet',
    { key, wallet: fc.constantFrom(team, guest), funding: fc.constant('own') },
    { ...terms, parent: fc.constantFrom(organization, organization, team) },
  ),
  calls('putWallet', { key, wallet: fc.constant(credential), funding: fc.constant('parent') }, terms),
  calls('putWallet', { key, wallet: fc.constant(member), funding: fc.constant('own') }, terms),
  calls(
    'putWallet',
    { key, wallet: fc.constant(user), funding: fc.constant('parent'), parent: fc.constantFrom(team, team, guest) },
    terms,
  ),
)

/**
 * Generates any write that the reference model supports. Uses few holds, keys and amounts, so that calls often conflict
 * or repeat.
 */
const arbitraryWriteCall: fc.Arbitrary<LedgerCall> = fc.oneof(
  {
    weight: 8,
    arbitrary: calls(
      'reserve',
      { hold, wallet, amount: fc.oneof(little, much), ttl: fc.constant(hour) },
      { minAmount: fc.constant(1n), tags },
    ),
  },
  {
    weight: 4,
    arbitrary: calls(
      'reserve',
      { hold, path, amount: fc.oneof(little, much), ttl: fc.constant(hour) },
      { minAmount: fc.constant(1n), tags, note: fc.constant('n') },
    ),
  },
  { weight: 1, arbitrary: calls('charge', { hold, path, amount: little }, { tags }) },
  {
    weight: 3,
    arbitrary: calls(
      'settle',
      { hold, amount: fc.oneof(little, fc.constantFrom(0n, 12n, 25n)) },
      { overrun: fc.constantFrom('charge', 'cap', 'reject') },
    ),
  },
  {
    weight: 4,
    arbitrary: calls(
      'settle',
      { hold, amount: fc.oneof(little, fc.constantFrom(0n, 12n, 25n)), part: keys('p1', 'p2', 'p3', 'p4') },
      { overrun: fc.constantFrom('charge', 'cap', 'reject') },
    ),
  },
  { weight: 2, arbitrary: calls('release', { hold }) },
  {
    weight: 3,
    arbitrary: calls(
      'grant',
      { key: keys('g1', 'g2', 'g3'), wallet: owner, amount: much },
      {
        kind: fc.constantFrom('paid', 'promotional'),
        priority: fc.constantFrom(1, 100),
        expiresAt: fc.constantFrom(start - 1, start + day, start + 2 * day),
        only: tags,
      },
    ),
  },
  {
    weight: 3,
    arbitrary: calls(
      'extend',
      { key: keys('e1', 'e2'), hold, ttl: fc.constantFrom(1, 2 * hour) },
      { increase: little },
    ),
  },
  {
    weight: 1,
    arbitrary: calls('extend', {
      key: keys('e1', 'e2'),
      hold,
      ttl: fc.constant(hour),
      increase: much,
      minIncrease: fc.constant(1n),
    }),
  },
  { weight: 2, arbitrary: calls('charge', { hold, wallet, amount: little }, { tags }) },
  {
    weight: 5,
    arbitrary: calls(
      'refund',
      { key: keys('r1', 'r2', 'r3'), hold, amount: little },
      { expiresAt: fc.constantFrom(start - 1, start + day, start + day) },
    ),
  },
  {
    weight: 1,
    arbitrary: calls('revoke', { key: keys('v1', 'v2'), wallet: owner, grant: grantName }, { amount: little }),
  },
  { weight: 1, arbitrary: put },
)

/** Generates any read that the reference model supports. */
const arbitraryReadCall: fc.Arbitrary<LedgerCall> = fc.oneof(
  ...(['balance', 'wallet', 'statement'] as const).map((call) => callOf(call, fc.constantFrom(...historyWallets))),
  callOf('hold', hold),
)

/** Generates calls that compete for the same credits. The credits suffice for only one or two of the calls. */
const arbitraryRush: fc.Arbitrary<LedgerCall> = fc.oneof(
  {
    weight: 4,
    arbitrary: calls('reserve', { hold, wallet: fc.constantFrom(team, user), amount: much, ttl: fc.constant(hour) }),
  },
  { weight: 1, arbitrary: calls('charge', { hold, wallet: fc.constantFrom(team, user), amount: much }) },
  { weight: 2, arbitrary: calls('settle', { hold, amount: fc.oneof(little, much) }) },
  { weight: 1, arbitrary: calls('release', { hold }) },
)

/**
 * Generates lists of calls. A list contains either any calls with occasional retries, or calls that compete for the
 * same credits.
 */
export function arbitraryCalls(length: { readonly minLength: number; readonly maxLength: number }) {
  const any = fc.oneof({ weight: 4, arbitrary: arbitraryWriteCall }, arbitraryReadCall)
  return fc.oneof({ weight: 3, arbitrary: listOf(any, length) }, listOf(arbitraryRush, length))
}

function listOf(call: fc.Arbitrary<LedgerCall>, length: { readonly minLength: number; readonly maxLength: number }) {
  const one = fc.record({
    call,
    /** The index of an earlier call to retry in place of `call`, if any. */
    again: fc.option(fc.nat(length.maxLength), { freq: 4, nil: undefined }),
  })
  return fc.array(one, { ...length, size: 'max' }).map((ones) => {
    const all: LedgerCall[] = []
    for (const { call, again } of ones) all.push((again === undefined ? undefined : all[again]) ?? call)
    return all as readonly LedgerCall[]
  })
}

/** Returns a call with all ids prefixed by `round`, so that one ledger can run many histories. */
export function renameCall({ call, request }: LedgerCall, round: number): LedgerCall {
  return { call, request: rename(request, round) } as LedgerCall
}

const namesIn = ['key', 'part', 'hold', 'grant']

function rename(value: unknown, round: number): unknown {
  if (typeof value === 'string') return `${round} ${value}`
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((one) => rename(one, round))
  const fields = Object.entries(value).map(([name, field]: [string, unknown]) => {
    if (name === 'incarnation') return [name, (field as number) + 100 * round]
    if (namesIn.includes(name)) return [name, `${round} ${field}`]
    return [name, name === 'wallet' || name === 'parent' || name === 'path' ? rename(field, round) : field]
  })
  return Object.fromEntries(fields) as unknown
}
