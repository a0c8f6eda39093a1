import type { ModelAlias } from '../../model/noun/model-alias.ts'
import type { Restriction } from '../../model/noun/restriction.ts'
import type { State } from '../../model/state/state.ts'
import { findRow, idsOf } from '../../model/table/table.ts'
import type { Operation } from '../../model/value/operation.ts'
import type { Holder } from '../../model/value/principal.ts'
import type { Selector } from '../../model/value/selector.ts'
import type { Reach, Route } from '../../policy/decision/decision.ts'
import type { Remedy } from '../../policy/decision/denial.ts'
import { type Denial, denial } from './caller.ts'
import type { Context } from './context.ts'
import { isNameHeld, leadsTo, pathsOf, unentitledGroups } from './path.ts'
import type { ResolvedRequest } from './resolved-request.ts'
import { allRows, holdsAt, isActive, matchesByExpression, rowOf, sorted } from './rows.ts'
import { remediesOfSuccessor } from './successor.ts'

/** The access in one context: the allowed routes, and the paths of grants that lead to these routes. */
export interface ContextAccess {
  readonly context: Context
  readonly routes: readonly Route[]
  readonly reach: readonly Reach[]
}

/** Returns the access in one context, or a denial. */
export function evaluateContext(resolved: ResolvedRequest, context: Context): ContextAccess | Denial {
  const { request, state, alias, targets, caller } = resolved
  const reach = context.holders.flatMap((principal) => pathsOf(principal, resolved))
  const isNameGranted = reach.some((path) => path.type === 'accessGroup' && isNameHeld(path.accessGroup, alias, state))
  const granted = targets.filter((route) => reach.some((path) => leadsTo(path, route, resolved)))
  if (!isNameGranted && granted.length === 0) {
    const accessGroups = sorted(unentitledGroups(context, resolved))
    const { organization } = context
    if (organization !== undefined && accessGroups.length > 0 && !context.isUnnamed) {
      const level = { type: 'organization' as const, id: organization }
      return denial('model_not_granted', level, { type: 'extend_entitlement', organization, accessGroups })
    }
    const principals = context.grantees
    const level = principals.at(-1) ?? caller.principal
    return denial('model_not_granted', level, { type: 'grant_access', principals, model: request.model })
  }

  const binding = restrictionsOn(context, resolved)
  const isNameDenied = binding.some(({ selector }) => selectsName(selector, alias))
  const denies = ({ selector }: Restriction, route: Route): boolean => deniesRoute(selector, route, resolved)
  const unrestricted = granted.filter((route) => !binding.some((restriction) => denies(restriction, route)))
  if (isNameDenied || (granted.length > 0 && unrestricted.length === 0)) {
    const responsible = binding.filter(
      (restriction) => selectsName(restriction.selector, alias) || granted.some((route) => denies(restriction, route)),
    )
    return restricted(responsible)
  }

  const { operations } = caller.credential ?? {}
  const { operation } = request
  if (operations?.type === 'list' && !operations.operations.some((one) => one === operation)) {
    return otherOperation(caller.credential?.id ?? '', operations.operations, operation)
  }

  const scoped = inScope(unrestricted, resolved)
  if (scoped === undefined) {
    const level = { type: 'credential' as const, id: caller.credential?.id ?? '' }
    if (isForOtherTeam(resolved)) return denial('credential_out_of_scope', level, { type: 'name_own_team' })
    return denial('credential_out_of_scope', level, { type: 'widen_scope', credential: level.id })
  }

  const available = scoped.filter((route) => isAvailable(route, state))
  if (available.length === 0) {
    return unavailable(resolved, context)
  }
  return { context, routes: available, reach }
}

function otherOperation(credential: string, permitted: readonly Operation[], operation: Operation | undefined): Denial {
  const widen = { type: 'widen_operations' as const, credential, to: operation ?? ('all' as const) }
  const name = { type: 'name_operation' as const, operations: permitted }
  const remedies = operation === undefined && permitted.length > 0 ? [name, widen] : [widen]
  return { reason: 'operation_out_of_scope', level: { type: 'credential', id: credential }, remedies }
}

function unavailable(resolved: ResolvedRequest, context: Context): Denial {
  const { alias, targets, request } = resolved
  const { model } = request
  const first: Remedy =
    alias !== undefined && targets.length === 0
      ? { type: 'set_alias_targets', alias: model }
      : { type: 'activate_model', model }
  const successor = alias?.lifecycle.type === 'deprecated' ? alias.lifecycle.successor : undefined
  const next = successor === undefined ? [] : remediesOfSuccessor(resolved, successor, [context])
  return { reason: 'model_unavailable', level: { type: 'model', id: model }, remedies: [first, ...next] }
}

/**
 * Returns the restrictions in force for a request, sorted by id. Their subject is the credential, a principal of the
 * context, its organization or everyone.
 */
function restrictionsOn(
  { restricted, organization }: Context,
  { request, state, caller }: ResolvedRequest,
): Restriction[] {
  const bound = allRows(state, 'restrictions').filter(({ subject, window }) => {
    if (!holdsAt(window, request.at)) return false
    if (subject.type === 'everyone') return true
    if (subject.type === 'credential') return subject.id === caller.credential?.id
    if (subject.type === 'organization') return subject.id === organization
    return restricted.some((holder) => JSON.stringify(keyOf(holder)) === JSON.stringify(keyOf(subject)))
  })
  return sorted(bound.map(({ id }) => id)).flatMap((id) => bound.filter((row) => row.id === id))
}

function keyOf(holder: Holder): readonly string[] {
  return holder.type === 'member' ? [holder.type, holder.team, holder.user] : [holder.type, holder.id]
}

function restricted(responsible: readonly Restriction[]): Denial {
  const subject = responsible[0]?.subject ?? { type: 'everyone' as const }
  return denial('model_restricted', subject, {
    type: 'lift_restriction',
    restrictions: responsible.map(({ id }) => id),
  })
}

/** Whether a selector matches the requested alias. False for a requested name that is not an alias. */
function selectsName(selector: Selector, alias: ModelAlias | undefined): boolean {
  if (alias === undefined) return false
  if (selector.type === 'alias') return selector.alias === alias.id
  return selector.type === 'pattern' && matchesByExpression(selector.pattern, alias.id)
}

/**
 * Whether the selector of a restriction denies a route. For a provider account that serves any model, letter case is
 * ignored.
 */
function deniesRoute(selector: Selector, route: Route, { request, state }: ResolvedRequest): boolean {
  if (rowOf(state, 'providerAccounts', route.providerAccount)?.anyModel !== true) return selectsRoute(selector, route)
  const small = smallSelector(selector)
  if (small.type === 'alias') return small.alias === inSmall(request.model)
  if (small.type === 'pattern' && matchesByExpression(small.pattern, inSmall(request.model))) return true
  return selectsRoute(small, { providerAccount: inSmall(route.providerAccount), model: inSmall(route.model) })
}

/** Returns the text with the letters A to Z in lower case. */
function inSmall(text: string): string {
  return Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))
    .map((code) => String.fromCharCode(code >= 65 && code <= 90 ? code + 32 : code))
    .join('')
}

function smallSelector(selector: Selector): Selector {
  return Object.fromEntries(
    Object.entries(selector).map(([field, text]) => [field, field === 'type' ? text : inSmall(text)]),
  ) as unknown as Selector
}

/** Whether a selector matches a route. */
function selectsRoute(selector: Selector, route: Route): boolean {
  if (selector.type === 'providerAccount') return selector.providerAccount === route.providerAccount
  if (selector.type === 'pattern')
    return matchesByExpression(selector.pattern, `${route.providerAccount}/${route.model}`)
  if (selector.type !== 'model') return false
  return selector.providerAccount === route.providerAccount && selector.model === route.model
}

/** Whether the request names another team than the team of its credential. */
function isForOtherTeam({ request, caller }: ResolvedRequest): boolean {
  const team = caller.credential?.team
  return team !== undefined && request.team !== undefined && request.team !== team
}

/**
 * Returns the routes that the scope of the credential includes. Returns `undefined` when the scope excludes the
 * requested name and every route, or when the credential is for another team.
 */
function inScope(routes: readonly Route[], resolved: ResolvedRequest): readonly Route[] | undefined {
  const scope = resolved.caller.credential?.scope
  if (isForOtherTeam(resolved)) return undefined
  if (scope === undefined || scope.type === 'all') return routes
  if (scope.selectors.some((selector) => selectsName(selector, resolved.alias))) return routes
  const passed = routes.filter((route) => scope.selectors.some((selector) => selectsRoute(selector, route)))
  return passed.length === 0 ? undefined : passed
}

function isAvailable({ providerAccount, model }: Route, state: State): boolean {
  const account = rowOf(state, 'providerAccounts', providerAccount)
  if (account === undefined || !isActive(account)) return false
  return [...idsOf(account.models)].includes(model) ? isActive(findRow(account.models, model)) : account.anyModel
}
