import type { Charge, Refund, Release, Settle } from '../../../port/ledger-request.ts'
import type { LevelCost, LowBalanceReached, Settled, SoftLimitReached } from '../../../port/ledger-result.ts'
import {
  callOf,
  callPathFrom,
  contentOf,
  type LedgerModel,
  type ModelHold,
  type ModelLevel,
  type ModelResult,
  textOf,
  walletNamed,
  withHold,
  withWallet,
} from './state.ts'
import {
  addDebt,
  addGrant,
  availableFor,
  burn,
  changeGrant,
  deposit,
  least,
  type ModelGrant,
  type ModelPiece,
  type ModelWallet,
  move,
  sameTags,
  type WithWallet,
} from './wallet.ts'

const refused = (reason: string, after: LedgerModel): ModelResult => ({ result: { ok: false, reason }, after })

/** Executes a settle on the model. A `part` must be a new key. Returns the result and the changed model. */
export function modelSettle(model: LedgerModel, request: Settle): ModelResult {
  const { hold: id, amount, part, overrun = 'charge' } = request
  const hold = model.holds.get(id)
  if (hold === undefined) return refused('hold_unknown', model)
  if (hold.state === 'settled' && part === undefined) return { result: settledBefore(hold, request), after: model }
  if (hold.state !== 'held') return refused(`hold_${hold.state}`, model)
  if (overrun === 'reject' && amount > hold.held) return refused('hold_exceeded', model)
  const booked = bookCost(model, hold, amount, overrun, part === undefined)
  const end = part === undefined ? { content: textOf(request), result: booked.result } : undefined
  const state = part === undefined ? 'settled' : 'held'
  return { result: booked.result, after: withHold(booked.model, id, { ...booked.hold, end, state }) }
}

function settledBefore({ madeBy, end }: ModelHold, request: Settle): object {
  if (madeBy === 'charge' || end?.content !== textOf(request)) return { ok: false, reason: 'key_reused' }
  return { ...end.result, replay: true }
}

/** Executes a charge on the model. Returns the result and the changed model. */
export function modelCharge(model: LedgerModel, request: Charge): ModelResult {
  const { hold: id, amount, tags } = request
  const content = contentOf(request)
  const known = model.holds.get(id)
  if (known !== undefined) {
    const isSame = known.madeBy === 'charge' && known.content === content
    return isSame ? { result: { ...known.first, replay: true }, after: model } : refused('key_reused', model)
  }
  const path = callPathFrom(model, request)
  if ('type' in path) return refused('wallet_unknown', model)
  if (path.length > 8) return refused('path_too_long', model)
  const levels = path.map(() => ({ held: [], costs: [] }))
  const amounts = { amount: 0n, held: 0n, spent: 0n }
  const rest = { state: 'settled', expiresAt: model.at, end: undefined } as const
  const hold: ModelHold = {
    madeBy: 'charge',
    content,
    first: {},
    path,
    levels,
    tags,
    call: callOf(request),
    ...amounts,
    ...rest,
  }
  const booked = bookCost(model, hold, amount, 'charge', true)
  return { result: booked.result, after: withHold(booked.model, id, { ...booked.hold, first: booked.result }) }
}

interface Booked {
  readonly result: Settled
  readonly model: LedgerModel
  readonly hold: ModelHold
}

/** Books a cost of a hold at every level. With `isEnd`, also gives back the held credits that the cost did not use. */
function bookCost(
  before: LedgerModel,
  hold: ModelHold,
  amount: bigint,
  overrun: NonNullable<Settle['overrun']>,
  isEnd: boolean,
): Booked {
  let model = before
  const taken: LevelCost[] = []
  const softLimitsReached: SoftLimitReached[] = []
  const lowBalancesReached: LowBalanceReached[] = []
  const levels = hold.path.map((name, i): ModelLevel => {
    const old = walletNamed(model, name)
    const { held, costs } = hold.levels[i] as ModelLevel
    const spent = spendHeld(old, held, least(amount, hold.held))
    const back = isEnd ? returnHeld(spent.wallet, spent.rest) : { wallet: spent.wallet, returned: 0n, lost: 0n }
    const over = spendOverrun(back.wallet, amount - least(amount, hold.held), overrun, hold.tags, spent.pieces)
    model = withWallet(model, over.wallet)
    taken.push({
      wallet: old.wallet,
      fromReserved: least(amount, hold.held),
      ...over.sources,
      returned: back.returned,
      lost: back.lost,
    })
    softLimitsReached.push(...crossings(old, amount))
    lowBalancesReached.push(...fallsBelow(old, over.wallet))
    return { held: isEnd ? [] : spent.rest, costs: [...costs, ...spent.pieces, ...over.pieces] }
  })
  const left = isEnd ? 0n : hold.held - least(amount, hold.held)
  const after = { ...hold, levels, held: left, spent: hold.spent + amount }
  const reached = { softLimitsReached, lowBalancesReached }
  return { result: { ok: true, replay: false, isLate: false, levels: taken, ...reached }, model, hold: after }
}

function crossings({ wallet, cap, amounts }: ModelWallet, amount: bigint): readonly SoftLimitReached[] {
  const used = amounts.spent + amount
  const reached = (cap?.softLimits ?? []).filter((limit) => amounts.spent < limit && limit <= used)
  return reached.map((softLimit) => ({ wallet, softLimit, used }))
}

function fallsBelow(
  { wallet, funding, lowBalances, amounts: old }: ModelWallet,
  { amounts }: ModelWallet,
): LowBalanceReached[] {
  const [before, left] = [old.available + old.reserved, amounts.available + amounts.reserved]
  const below = funding === 'own' ? (lowBalances ?? []).filter((one) => before >= one && left < one) : []
  return below.map((threshold) => ({ wallet, threshold, left }))
}

type Pieces = readonly ModelPiece[]

/**
 * Spends up to `amount` of the credits held at one level, in burn order. Returns the spent pieces and the pieces that
 * remain.
 */
function spendHeld(before: ModelWallet, held: Pieces, amount: bigint): WithWallet<{ pieces: Pieces; rest: Pieces }> {
  let wallet = before
  let missing = amount
  const pieces: ModelPiece[] = []
  const rest: ModelPiece[] = []
  for (const piece of held) {
    const part = least(piece.amount, missing)
    missing -= part
    if (part > 0n) {
      wallet = move(unreserve(wallet, piece, part), 'reserved', 'spent', part)
      pieces.push({ ...piece, amount: part })
    }
    if (part < piece.amount) rest.push({ ...piece, amount: piece.amount - part })
  }
  return { wallet, pieces, rest }
}

function unreserve(wallet: ModelWallet, { grant }: ModelPiece, amount: bigint): ModelWallet {
  if (grant === undefined) return wallet
  return changeGrant(wallet, grant, { reserved: (wallet.grants[grant] as ModelGrant).reserved - amount })
}

/** Gives back all credits held at one level, to their grants or to the bucket `drawn`. */
function returnHeld(before: ModelWallet, held: Pieces): WithWallet<{ returned: bigint; lost: bigint }> {
  let wallet = before
  let lost = 0n
  let all = 0n
  for (const piece of held) {
    const { grant, amount } = piece
    all += amount
    wallet = unreserve(wallet, piece, amount)
    if (grant === undefined) wallet = move(wallet, 'reserved', 'drawn', amount)
    else {
      const back = deposit(wallet, grant, amount, 'reserved')
      wallet = back.wallet
      lost += back.lost
    }
  }
  return { wallet, returned: all - lost, lost }
}

/**
 * Books the overrun of a cost at one level. A wallet with own credits pays from available credits, then overdraft, then
 * write-off. Any other wallet pays from `drawn`.
 */
function spendOverrun(
  before: ModelWallet,
  amount: bigint,
  overrun: NonNullable<Settle['overrun']>,
  tags: readonly string[] | undefined,
  paidBefore: Pieces,
): WithWallet<{ pieces: Pieces; sources: Omit<LevelCost, 'wallet' | 'fromReserved' | 'returned' | 'lost'> }> {
  const { funding, overdraftLimit, amounts } = before
  const isOwn = funding === 'own' && overrun !== 'cap'
  const fromAvailable = isOwn ? least(amount, availableFor(before, tags)) : 0n
  const fromDrawn = funding !== 'own' && overrun !== 'cap' ? amount : 0n
  const owed = isOwn ? amount - fromAvailable : 0n
  const limit = overdraftLimit ?? amounts.overdraft + owed
  const fromOverdraft = limit > amounts.overdraft ? least(owed, limit - amounts.overdraft) : 0n
  const fromWrittenOff = amount - fromAvailable - fromDrawn - fromOverdraft
  let { wallet, pieces } = burn(before, fromAvailable, tags, 'spent')
  const others = { drawn: fromDrawn, overdraft: fromOverdraft, writtenOff: fromWrittenOff }
  for (const from of ['drawn', 'overdraft', 'writtenOff'] as const) {
    if (others[from] === 0n) continue
    const only = from === 'overdraft' ? tagsOfOverdraft(before, tags, [...paidBefore, ...pieces]) : undefined
    wallet = move(wallet, from, 'spent', others[from])
    if (from === 'overdraft') wallet = addDebt(wallet, only, fromOverdraft)
    pieces = [...pieces, { from, grant: undefined, amount: others[from], only }]
  }
  return { wallet, pieces, sources: { fromAvailable, fromDrawn, fromOverdraft, fromWrittenOff } }
}

/**
 * Returns the tags to which overdraft is restricted, or `undefined`. They are the tags of the call that the grant shares
 * which paid last, unless a grant without `only` paid too. If no grant paid, any grant with `only` counts.
 */
function tagsOfOverdraft(
  { grants }: ModelWallet,
  tags: readonly string[] = [],
  paid: Pieces,
): readonly string[] | undefined {
  const payers = paid.flatMap(({ grant }) => (grant === undefined ? [] : [(grants[grant] as ModelGrant).only]))
  if (payers.some((only) => only === undefined)) return undefined
  const from = payers.length > 0 ? payers.slice(-1) : grants.map(({ only }) => only)
  const shared = tags.filter((tag) => from.some((only) => only?.includes(tag)))
  return shared.length > 0 ? [...shared].sort() : undefined
}

/** Executes a release on the model. Returns the result and the changed model. */
export function modelRelease(model: LedgerModel, { hold: id }: Release): ModelResult {
  const hold = model.holds.get(id)
  if (hold?.state === 'settled') return refused('hold_settled', model)
  if (hold?.state === 'released') return { result: { ...hold.end?.result, replay: true }, after: model }
  const result = { ok: true, replay: false, returned: hold?.held ?? 0n }
  const end = { content: '', result }
  if (hold === undefined) {
    const amounts = { amount: 0n, held: 0n, spent: 0n }
    const made = {
      madeBy: 'release',
      content: '',
      first: {},
      path: [],
      levels: [],
      tags: undefined,
      call: undefined,
    } as const
    const mark: ModelHold = { ...made, ...amounts, state: 'released', expiresAt: model.at, end }
    return { result, after: withHold(model, id, mark) }
  }
  let after = model
  const levels = hold.path.map((name, i): ModelLevel => {
    const { held, costs } = hold.levels[i] as ModelLevel
    after = withWallet(after, returnHeld(walletNamed(after, name), held).wallet)
    return { held: [], costs }
  })
  return { result, after: withHold(after, id, { ...hold, levels, held: 0n, state: 'released', end }) }
}

/** Executes a refund on the model. Its key must be new. Returns the result and the changed model. */
export function modelRefund(model: LedgerModel, { key, hold: id = '', amount, expiresAt }: Refund): ModelResult {
  const hold = model.holds.get(id)
  if (hold === undefined || hold.madeBy === 'release') return refused('hold_unknown', model)
  if (expiresAt !== undefined && expiresAt <= model.at) return refused('grant_expired', model)
  if (amount > hold.spent) {
    return { result: { ok: false, reason: 'spent_exceeded', refundable: hold.spent }, after: model }
  }
  let after = model
  const levels = hold.path.map((name, i): ModelLevel => {
    const { held, costs } = hold.levels[i] as ModelLevel
    const given = refundLevel(walletNamed(after, name), costs, amount, key, model.at)
    after = withWallet(after, given.wallet)
    return { held, costs: given.costs }
  })
  return {
    result: { ok: true, replay: false },
    after: withHold(after, id, { ...hold, levels, spent: hold.spent - amount }),
  }
}

const undoneFirst: readonly ModelPiece['from'][] = ['writtenOff', 'overdraft', 'drawn', 'grant']

/**
 * Refunds an amount of the costs at one level. Order of the sources: write-offs, overdraft, drawn credits, grants.
 * Within a source, the newest cost comes first.
 */
function refundLevel(
  before: ModelWallet,
  costs: Pieces,
  amount: bigint,
  key: string,
  at: number,
): WithWallet<{ costs: Pieces }> {
  let wallet = before
  let missing = amount
  const left = [...costs]
  for (const from of undoneFirst) {
    for (let i = left.length - 1; i >= 0; i -= 1) {
      const piece = left[i] as ModelPiece
      const part = piece.from === from ? least(piece.amount, missing) : 0n
      if (part === 0n) continue
      missing -= part
      left[i] = { ...piece, amount: piece.amount - part }
      wallet = refundPiece(wallet, piece, part, key, at)
    }
  }
  return { wallet, costs: left.filter((piece) => piece.amount > 0n) }
}

/** Gives back a part of one cost to where it came from. No time passes in the model, so no grant has expired. */
function refundPiece(
  before: ModelWallet,
  { from, grant, only }: ModelPiece,
  part: bigint,
  key: string,
  at: number,
): ModelWallet {
  if (from === 'writtenOff' || from === 'drawn') return move(before, 'spent', from, part)
  if (grant !== undefined) return deposit(before, grant, part, 'spent').wallet
  const debt = before.debts.find((one) => sameTags(one.only, only))
  const owed = least(debt?.owed ?? 0n, part)
  const wallet = owed === 0n ? before : move(addDebt(before, only, -owed), 'spent', 'overdraft', owed)
  if (owed === part) return wallet
  const repaidBy = debt?.repaidBy ?? 0
  const { state, priority, expiresAt, only: tags } = wallet.grants[repaidBy] as ModelGrant
  if (state !== 'live') return deposit(wallet, repaidBy, part - owed, 'spent').wallet
  const alike = wallet.grants.findIndex(
    (one) =>
      one.kind === 'refund' &&
      one.state === 'live' &&
      one.available + one.reserved > 0n &&
      one.priority === priority &&
      one.expiresAt === expiresAt &&
      JSON.stringify(one.only) === JSON.stringify(tags),
  )
  const terms = { key, kind: 'refund', amount: 0n, priority, expiresAt, only: tags } as const
  const added = alike < 0 ? addGrant(wallet, terms, at) : { wallet, place: alike }
  const brought = (added.wallet.grants[added.place] as ModelGrant).amount + part - owed
  return deposit(changeGrant(added.wallet, added.place, { amount: brought }), added.place, part - owed, 'spent').wallet
}
