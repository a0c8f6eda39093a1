import type { Credential } from '../model/noun/credential.ts'
import { findSuccessor, type ModelAlias, type Target } from '../model/noun/model-alias.ts'
import type { State } from '../model/state/state.ts'
import { getRow } from '../model/table/table.ts'
import type { Principal } from '../model/value/principal.ts'
import { type Context, holderOf } from './context/context.ts'
import type { CacheScope, Notice, Reach, UseAllowed, UseDecision } from './decision/decision.ts'
import type { DenialLevel, Remedy } from './decision/denial.ts'
import { type Denied, deny } from './decision/deny.ts'
import { credentialLevel, noPayer, payerOf, walletPathOf } from './pay.ts'
import type { Choice } from './route/choose.ts'
import type { EvaluationInput, Outcome } from './route/evaluate.ts'
import { successorRemedies } from './route/retired.ts'
import { unentitledGroups } from './route/unentitled.ts'

/**
 * Makes the decision of a use request from its chosen context. Denies the call if the context has no route, or if the
 * payer is ambiguous. Does not compare credits: `checkCredits` does.
 */
export function conclude(principal: Principal, choice: Choice, input: EvaluationInput): UseDecision {
  if (choice.type === 'united') return allowUnited(principal, choice, input)
  if (choice.type === 'ambiguous') {
    const level = { type: 'user', id: principal.id } as const
    const { teams, outcomes } = choice
    const total = outcomes.length > teams.length ? { total: outcomes.length } : undefined
    return deny('payer_ambiguous', level, [{ type: 'name_team', teams, ...total }], input.state)
  }
  const { outcome } = choice
  return outcome.ok ? allowOne(principal, outcome, input) : denyOutcome(outcome, input)
}

/** Allows a call in one context that has routes. */
function allowOne(
  principal: Principal,
  { context, routes, reach }: Outcome & { readonly ok: true },
  input: EvaluationInput,
): UseAllowed {
  const payer = payerOf(context.payer)
  const team = context.payer.type === 'team' ? context.payer.row.id : undefined
  const walletPath = walletPathOf(payer, context, input.credential)
  return allow(principal, team, routes, { payer, walletPath }, reach, cacheScopeOf(context), input)
}

/** Allows a call over the merged routes of several unmetered contexts. No principal pays. */
function allowUnited(
  principal: Principal,
  { user, routes, reach }: Choice & { readonly type: 'united' },
  input: EvaluationInput,
): UseAllowed {
  const { id, incarnation } = user
  const walletPath = credentialLevel(input.credential)
  const free = { payer: noPayer, walletPath }
  return allow(principal, undefined, routes, free, reach, { type: 'user', id, incarnation }, input)
}

function allow(
  principal: Principal,
  team: string | undefined,
  routes: readonly Target[],
  { payer, walletPath }: Pick<UseAllowed, 'payer' | 'walletPath'>,
  reach: readonly Reach[],
  cacheScope: CacheScope,
  { resolved, credential, state, moment }: EvaluationInput,
): UseAllowed {
  const { version } = state
  const notices = noticesOf(resolved.alias)
  const decision: Mutable<UseAllowed> = {
    effect: 'allow',
    type: 'use',
    principal,
    routes,
    payer,
    walletPath,
    reach,
    notices,
    cacheScope,
    version,
  }
  if (credential !== undefined) decision.credential = credential.id
  if (team !== undefined) decision.team = team
  if (moment.until !== Number.POSITIVE_INFINITY) decision.until = moment.until
  return decision
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * Returns the cache scope of a call: the organization of the context or, without an organization, the user. A user
 * without a team shares cached responses with no other principal.
 */
function cacheScopeOf({ organization, payer }: Context): CacheScope {
  if (organization !== undefined)
    return { type: 'organization', id: organization.id, incarnation: organization.incarnation }
  return { type: 'user', id: payer.row.id, incarnation: payer.row.incarnation }
}

const noNotices: readonly Notice[] = Object.freeze([])

/** The notices of an allow: one notice if the alias is deprecated, otherwise none. */
export function noticesOf(alias: ModelAlias | undefined): readonly Notice[] {
  if (alias?.lifecycle.type !== 'deprecated') return noNotices
  const { sunsetAt, successor } = alias.lifecycle
  return [{ type: 'model_deprecated', sunsetAt, ...(successor === undefined ? undefined : { successor }) }]
}

/** Makes the denial of a call whose context has no routes. The outcome holds the reason. */
function denyOutcome(outcome: Outcome & { readonly ok: false }, input: EvaluationInput): Denied {
  const { resolved, credential, state } = input
  const { context, reason, restrictions } = outcome
  switch (reason) {
    case 'model_not_granted': {
      const { organization } = context
      const accessGroups = unentitledGroups(context, resolved, input.moment)
      if (organization !== undefined && accessGroups.length > 0) {
        const remedy = { type: 'extend_entitlement', organization: organization.id, accessGroups } as const
        return deny(reason, { type: 'organization', id: organization.id }, [remedy], state)
      }
      const principals = context.holders.map(holderOf)
      const level = { type: context.payer.type, id: context.payer.row.id }
      return deny(reason, level, [{ type: 'grant_access', principals, model: resolved.name }], state)
    }
    case 'model_restricted':
      return deny(reason, subjectOf(restrictions[0], state), [{ type: 'lift_restriction', restrictions }], state)
    case 'operation_out_of_scope':
      return denyOperation(input)
    case 'credential_out_of_scope': {
      const id = credential?.id ?? ''
      const remedy = input.isOtherTeam
        ? ({ type: 'name_own_team' } as const)
        : ({ type: 'widen_scope', credential: id } as const)
      return deny(reason, { type: 'credential', id }, [remedy], state)
    }
    case 'model_unavailable':
      return deny(reason, { type: 'model', id: resolved.name }, availabilityRemedies(context, input), state)
  }
}

function denyOperation({ credential, operation, state }: EvaluationInput): Denied {
  const { id, operations } = credential as Credential
  const widen = {
    type: 'widen_operations',
    credential: id,
    to: operation === undefined || operation === 'any' ? 'all' : operation,
  } as const
  const isNameable = operation === undefined && operations.type === 'list' && operations.operations.length > 0
  const remedies = isNameable
    ? [{ type: 'name_operation', operations: operations.operations } as const, widen]
    : [widen]
  return deny('operation_out_of_scope', { type: 'credential', id }, remedies, state)
}

/**
 * The remedies for `model_unavailable`. The first is to give the alias targets or to activate a model. If the alias has
 * a successor, the remedies that lead to the successor follow.
 */
function availabilityRemedies(context: Context, { resolved, state, moment }: EvaluationInput): readonly Remedy[] {
  const { name, alias, targets } = resolved
  const remedy: Remedy =
    alias !== undefined && targets.length === 0
      ? { type: 'set_alias_targets', alias: name }
      : { type: 'activate_model', model: name }
  const successor = alias && findSuccessor(alias)
  return successor === undefined ? [remedy] : [remedy, ...successorRemedies(successor, [context], state, moment)]
}

function subjectOf(restriction: string | undefined, state: State): DenialLevel {
  return restriction === undefined ? { type: 'everyone' } : getRow(state.restrictions, restriction).subject
}
