import type { Credential } from '../../model/noun/credential.ts'
import type { ModelAlias } from '../../model/noun/model-alias.ts'
import type { WalletLevel } from '../../model/noun/wallet.ts'
import type { State } from '../../model/state/state.ts'
import { idsOf } from '../../model/table/table.ts'
import type { Notice, UseAllowed, UseDecision } from '../../policy/decision/decision.ts'
import type { UseRequest } from '../../policy/request/request.ts'
import { callerOf, credentialField, type Denial, denial, isDenial } from './caller.ts'
import { chooseForUser, chooseOnly } from './choose.ts'
import { type Context, contextNamed, contextsOpen, defaultTeamDenial } from './context.ts'
import type { ResolvedRequest } from './resolved-request.ts'
import { rowOf } from './rows.ts'
import { hasAccess, remediesOfSuccessor } from './successor.ts'
import { unitsOf } from './valid-request.ts'

/** Returns the reference model's decision on a use request. The decision has no `until`. */
export function referenceUse(request: UseRequest, state: State): UseDecision {
  const answer = answerOf(request, state)
  const known = { ...credentialField(request.who, state), version: state.version }
  return isDenial(answer)
    ? { effect: 'deny', ...answer, ...known }
    : { effect: 'allow', type: 'use', ...answer, ...known }
}

type Allowance = Omit<UseAllowed, 'effect' | 'type' | 'version' | 'until' | 'credential'>

function answerOf(request: UseRequest, state: State): Allowance | Denial {
  const caller = callerOf(request.who, request.at, state)
  if (isDenial(caller)) return caller
  const named = contextNamed(request, caller, state)
  if (named !== undefined && isDenial(named)) return named
  const kept = named === undefined ? defaultTeamDenial(caller.principal.id, state) : undefined
  if (kept !== undefined) return kept
  const name = resolve(request, state)
  if (isDenial(name)) return name

  const resolved = { request, caller, state, ...name }
  if (isRetired(name.alias, request.at)) {
    return retirement(resolved, named === undefined ? contextsOpen(caller.principal.id, state) : [named])
  }
  const chosen = named === undefined ? chooseForUser(resolved) : chooseOnly(resolved, named)
  if (isDenial(chosen)) return chosen
  const { payer, team, cacheScope } = chosen.context
  if (payer.type === 'wallet' && isExhausted(request)) {
    const { wallet } = payer
    return {
      ...denial('credits_exhausted', { type: 'wallet', wallet }, { type: 'add_credits', wallet }),
      ...amountsOf(request),
    }
  }
  return {
    principal: caller.principal,
    ...(team === undefined ? {} : { team }),
    routes: chosen.routes,
    payer,
    walletPath: [
      ...(caller.credential === undefined ? [] : [levelOf(caller.credential)]),
      ...chosen.context.below,
      ...(payer.type === 'wallet' ? [payer.wallet] : []),
      ...chosen.context.above,
    ],
    reach: chosen.reach,
    notices: noticesOf(resolved.alias),
    cacheScope,
  }
}

function levelOf({ id, incarnation }: Credential): WalletLevel {
  return { type: 'credential', id, incarnation }
}

/** Resolves the requested name, first as an alias, then as a concrete model. Returns a denial for an unknown name. */
function resolve({ model: name }: UseRequest, state: State): Pick<ResolvedRequest, 'alias' | 'targets'> | Denial {
  const level = { type: 'model' as const, id: name }
  const alias = rowOf(state, 'modelAliases', name)
  if (alias !== undefined) {
    return { alias, targets: alias.targets }
  }
  const [providerAccount = '', ...rest] = name.split('/')
  const model = rest.join('/')
  const account = rest.length > 0 ? rowOf(state, 'providerAccounts', providerAccount) : undefined
  const serves =
    account !== undefined && ([...idsOf(account.models)].includes(model) || (account.anyModel && isReadOneWay(model)))
  if (!serves) return denial('model_unknown', level, { type: 'correct_model_name' })
  return { targets: [{ providerAccount, model }] }
}

/**
 * Whether a name is at most 256 printable ASCII characters, without percent signs or surrounding white space. Its path
 * segments may not be empty, `.` or `..`.
 */
function isReadOneWay(model: string): boolean {
  const isAscii = [...model].every((character) => character >= ' ' && character <= '~' && character !== '%')
  return (
    isAscii &&
    model.length <= 256 &&
    model.trim() === model &&
    !model.split('/').some((part) => ['', '.', '..'].includes(part))
  )
}

function isRetired(alias: ModelAlias | undefined, at: number): boolean {
  const lifecycle = alias?.lifecycle
  return lifecycle?.type === 'retired' || (lifecycle?.type === 'deprecated' && lifecycle.sunsetAt <= at)
}

/**
 * Returns the denial for a retired alias. Its remedies depend on the caller's access to the alias and to its successor.
 */
function retirement(resolved: ResolvedRequest, contexts: readonly Context[]): Denial {
  const { alias, request } = resolved
  const level = { type: 'model' as const, id: request.model }
  const choose = hasAccess(resolved, alias, contexts) ? [{ type: 'choose_model' as const }] : []
  const successor = alias?.lifecycle.type === 'active' ? undefined : alias?.lifecycle.successor
  if (successor === undefined) {
    const [remedy = { type: 'correct_model_name' as const }] = choose
    return denial('model_retired', level, remedy)
  }
  const next = remediesOfSuccessor(resolved, successor, contexts)
  return { reason: 'model_retired', level, remedies: next.length === 1 ? next : [...choose, ...next] }
}

function noticesOf(alias: ModelAlias | undefined): Notice[] {
  if (alias?.lifecycle.type !== 'deprecated') return []
  const { sunsetAt, successor } = alias.lifecycle
  return [{ type: 'model_deprecated', sunsetAt, ...(successor === undefined ? {} : { successor }) }]
}

function isExhausted({ credits }: UseRequest): boolean {
  if (credits === undefined) return false
  const available = unitsOf(credits.available)
  return credits.estimate === undefined ? available <= 0n : available < unitsOf(credits.estimate)
}

/** Returns the amounts in a denial for lack of credits, as decimal strings without needless zeros. */
function amountsOf({ credits }: UseRequest): Pick<Denial, 'available' | 'needed'> {
  if (credits === undefined) return {}
  const written = (amount: bigint | string): string => {
    const units = unitsOf(amount)
    const digits = (units < 0n ? -units : units).toString().padStart(10, '0')
    const fraction = digits.slice(-9).replace(/0+$/, '')
    return `${units < 0n ? '-' : ''}${digits.slice(0, -9)}${fraction === '' ? '' : `.${fraction}`}`
  }
  return {
    available: written(credits.available),
    ...(credits.estimate === undefined ? {} : { needed: written(credits.estimate) }),
  }
}
