import { isSame } from '../../../src/change/rule/row.ts'
import type { WalletLevel } from '../../../src/model/noun/wallet.ts'
import type { State } from '../../../src/model/state/state.ts'
import { findRow } from '../../../src/model/table/table.ts'
import type { UseAllowed, UseDecision } from '../../../src/policy/decision/decision.ts'
import { diffAccess, explain, listModels, preview, whoCanUse } from '../../../src/query/index.ts'
import { referenceAuthorize } from '../../../src/testing/index.ts'
import type { Random } from '../../bench/random.ts'
import type { Act } from './judge.ts'
import { type Cell, keyOf, names, payerOf, routesOf } from './view.ts'

type View = ReadonlyMap<string, Cell>

const textOf = (value: unknown): string => JSON.stringify(value)

/** The wallets of an allow, from the contract's words: credential, membership, payer, organization. */
function pathOf({ credential, principal, team, payer }: UseAllowed, state: State): readonly WalletLevel[] {
  const path: WalletLevel[] = []
  const key = credential === undefined ? undefined : findRow(state.credentials, credential)
  if (key) path.push({ type: 'credential', id: key.id, incarnation: key.incarnation })
  const row = team === undefined ? undefined : findRow(state.teams, team)
  const user = principal.type === 'user' ? findRow(state.users, principal.id) : undefined
  if (row && user) {
    path.push({ type: 'member', team: row.id, user: user.id, incarnation: Math.max(row.incarnation, user.incarnation) })
  }
  if (payer.type === 'wallet') path.push(payer.wallet)
  const account = principal.type === 'virtualAccount' ? findRow(state.virtualAccounts, principal.id) : undefined
  const organization = findRow(state.organizations, row?.organization ?? account?.organization ?? '')
  if (organization) path.push({ type: 'organization', id: organization.id, incarnation: organization.incarnation })
  return path
}

const withoutUntil = ({ until: _, ...decision }: UseDecision & { readonly until?: number }): unknown => decision

/** The laws of one decision: its wallets, the same decision of the reference model, and of `explain`. */
export function* decisionViolations(random: Random, state: State, view: View): IterableIterator<string> {
  for (const [key, { context, decision, request }] of view) {
    if (context.type === 'own') continue
    if (decision.effect === 'allow' && !isSame(decision.walletPath, pathOf(decision, state))) {
      yield `query: ${key} has the wallets ${textOf(decision.walletPath)}`
    }
    if (random.chance(0.03)) {
      const expected = referenceAuthorize(request as unknown, state) as UseDecision
      if (!isSame(withoutUntil(decision), withoutUntil(expected)))
        yield `query: ${key} differs from the reference model`
    }
    if (random.chance(0.002) && !isSame(explain(request, state).decision, decision))
      yield `query: ${key} is explained otherwise`
  }
}

const isAccess = (decision: UseDecision): boolean =>
  decision.effect === 'allow' || decision.reason === 'payer_ambiguous' || decision.reason === 'credits_exhausted'

/** Whether a name is a model of an account that serves any model, and does not list it. Lists have such names as open accounts. */
function isOpen(name: string, state: State): boolean {
  const [account = '', model = ''] = [name.slice(0, name.indexOf('/')), name.slice(name.indexOf('/') + 1)]
  const row = findRow(state.providerAccounts, account)
  return (
    row?.anyModel === true &&
    findRow(row.models, model) === undefined &&
    findRow(state.modelAliases, name) === undefined
  )
}

/** The law of lists: `listModels` has the names, routes and payers that `authorize` allows. */
export function* listViolations(random: Random, state: State, at: number, view: View): IterableIterator<string> {
  const cells = [...view.values()].filter(({ context, name }) => context.type !== 'own' && name === 'fast')
  for (const cell of random.sample(cells, 12)) {
    const { who, team } = cell.request
    const { operation } = cell
    if (cell.credential !== undefined && operation === undefined) continue
    const list = listModels(who, state, {
      at,
      ...(team === undefined ? {} : { team }),
      ...(operation === undefined ? {} : { operation }),
    })
    for (const name of names) {
      const decision = view.get(keyOf({ ...cell, name }))?.decision
      if (decision === undefined) continue
      const entry = list.ok ? list.models.find((one) => one.name === name) : undefined
      if ((entry !== undefined) !== isAccess(decision) && !(entry === undefined && isOpen(name, state))) {
        yield `query: listModels and authorize differ about ${name} for ${textOf(cell.request)}`
      }
      if (entry === undefined || decision.effect !== 'allow' || !('routes' in entry)) continue
      if (!isSame(entry.routes, decision.routes) || !isSame(entry.payer, decision.payer))
        yield `query: listModels has other routes of ${name} for ${textOf(who)}`
    }
  }
}

/** The law of the inverse: `whoCanUse` has the principals that `authorize` allows, with or without a team. */
export function* inverseViolations(random: Random, state: State, at: number, view: View): IterableIterator<string> {
  const name = random.pick(names)
  const found = whoCanUse({ type: 'model', name }, state, { at })
  const listed = new Set(
    found.ok ? [...found.principals].map(({ principal }) => `${principal.type} ${principal.id}`) : [],
  )
  const wanted = new Set<string>()
  for (const { principal, credential, context, name: asked, decision } of view.values()) {
    if (asked !== name || credential !== undefined || context.type === 'own') continue
    if (isAccess(decision)) wanted.add(`${principal.type} ${principal.id}`)
  }
  if ([...listed].sort().join() !== [...wanted].sort().join()) {
    yield `query: whoCanUse ${name} lists ${[...listed].sort().join()}, authorize allows ${[...wanted].sort().join()}`
  }
}

/** The law of diffs: a diff has a direction exactly where decisions about principals differ, and `preview` gives the same diff. */
export function* diffViolations({ before, after, command, at }: Act, was: View, is: View): IterableIterator<string> {
  const diff = diffAccess(before, after, { at })
  if (!diff.ok) return yield `query: no diff: ${textOf(diff.fault)}`
  const changes = { gained: false, lost: false, payer: false }
  for (const key of new Set([...was.keys(), ...is.keys()])) {
    const [old, now] = [was.get(key), is.get(key)]
    const cell = old ?? now
    if (cell === undefined || cell.credential !== undefined || cell.context.type === 'own') continue
    const [had, has] = [routesOf(old?.decision), routesOf(now?.decision)]
    if (has.some((route) => !had.includes(route))) changes.gained = true
    if (had.some((route) => !has.includes(route))) changes.lost = true
    const [paid, pays] = [payerOf(old?.decision), payerOf(now?.decision)]
    if (paid !== undefined && pays !== undefined && paid !== pays) changes.payer = true
  }
  const { direction, otherPayer } = diff
  if (changes.gained && direction !== 'wider' && direction !== 'both')
    yield `query: the diff is ${direction}, but routes are gained`
  if (changes.lost && direction !== 'narrower' && direction !== 'both')
    yield `query: the diff is ${direction}, but routes are lost`
  if (changes.payer && !otherPayer) yield 'query: the diff has no other payer, but a call has'
  const foreseen = preview([command], before, { at })
  if (!foreseen.ok) return yield `query: no preview: ${textOf(foreseen.fault)}`
  if (!isSame(foreseen.effects[0]?.diff, diff)) yield 'query: the preview has another diff'
}
