import type { Credential } from '../../../model/noun/credential.ts'
import type { ModelAlias, Target } from '../../../model/noun/model-alias.ts'
import type { Restriction, RestrictionSubject } from '../../../model/noun/restriction.ts'
import { related } from '../../../model/table/relation.ts'
import { findRow, getRow, hasRow, rowsOf } from '../../../model/table/table.ts'
import { matchesPattern } from '../../../model/value/pattern.ts'
import type { Holder, Principal } from '../../../model/value/principal.ts'
import { quote } from '../../../model/value/quote.ts'
import { isWithin } from '../../../model/value/window.ts'
import { identifyCaller } from '../../../policy/context/caller.ts'
import { contextsOf } from '../../../policy/context/caller-contexts.ts'
import { type Context, findTeamContext, holderOf } from '../../../policy/context/context.ts'
import { isDenied } from '../../../policy/decision/deny.ts'
import { evaluationTimeOf } from '../../../policy/evaluation-time.ts'
import { isAvailable } from '../../../policy/route/effective-alias.ts'
import { evaluateContext } from '../../../policy/route/evaluate.ts'
import { isRetired, resolve } from '../../../policy/route/resolve.ts'
import { routeNameOf } from '../../../policy/route/selection.ts'
import { cached } from '../../cached.ts'
import { groupsReaching, holdersOfGroup, holdersOfRole } from '../../holder.ts'
import { routeOf } from '../../phrase.ts'
import { isLive, type LintContext } from '../context/lint-context.ts'
import { phraseOf } from '../context/loaded-principal.ts'
import type { Detection } from '../finding.ts'

/** The maximum number of principals that are examined for one restriction on an organization or on everyone. */
const principalLimit = 1000

/** The maximum number of other aliases that are tried for one route. */
const nameLimit = 100

/** The maximum number of team members whose access is examined for one restriction on the team. */
const memberLimit = 100

/**
 * Detects a restriction in force that a caller can bypass. The restriction denies an alias by name, but a restricted
 * principal can request a route of the alias as `account/model` or by another alias.
 */
export function* findBypass(restriction: Restriction, context: LintContext): IterableIterator<Detection> {
  if (!isWithin(restriction.window, context.at)) return
  const bearers = new Bearers(restriction.subject, context)
  for (const alias of aliasesDenied(restriction, context)) {
    for (const target of alias.targets) {
      if (!isAvailable(target, context.state)) continue
      for (const name of otherNamesOf(target, alias.id, context)) {
        const who = bearers.findOneReaching(name, target)
        if (who === undefined) continue
        yield {
          code: 'restriction_bypassed',
          subject: { type: 'restriction', id: restriction.id },
          message: `restriction ${quote(restriction.id)} denies model alias ${quote(alias.id)} by its name, but ${bearerOf(restriction, who)} can request its route ${routeOf(target)} as ${quote(name)}, deny the model to deny every name of it`,
        }
        return
      }
    }
  }
}

function bearerOf({ subject }: Restriction, who: Holder): string {
  return subject.type === 'credential' ? `the bearer of credential ${quote(subject.id)}` : phraseOf(who)
}

/** Yields the live aliases that a restriction denies by name. */
function* aliasesDenied({ selector }: Restriction, context: LintContext): IterableIterator<ModelAlias> {
  const { state, aliasesMatched } = context
  if (selector.type === 'alias') {
    const alias = findRow(state.modelAliases, selector.alias)
    if (alias !== undefined && isLive(alias, context)) yield alias
  } else if (selector.type === 'pattern') {
    const { pattern } = selector
    yield* cached(aliasesMatched, pattern, () =>
      [...rowsOf(state.modelAliases)].filter((row) => matchesPattern(pattern, row.id) && isLive(row, context)),
    )
  }
}

/** Yields the names by which a route can be requested, except one alias. */
function* otherNamesOf(target: Target, alias: string, context: LintContext): IterableIterator<string> {
  const route = routeNameOf(target)
  if (!hasRow(context.state.modelAliases, route)) yield route
  for (const id of (context.aliasesByRoute().get(route) ?? []).slice(0, nameLimit)) if (id !== alias) yield id
}

function isPrincipalSubject(subject: RestrictionSubject): subject is Principal {
  return subject.type === 'user' || subject.type === 'team' || subject.type === 'virtualAccount'
}

/** The principals to which a restriction applies. Searched by the names that a principal may request. */
class Bearers {
  readonly #subject: RestrictionSubject
  readonly #context: LintContext
  readonly #contexts = new Map<string, readonly Context[]>()
  #examined = 0

  constructor(subject: RestrictionSubject, context: LintContext) {
    this.#subject = subject
    this.#context = context
  }

  /**
   * Finds a restricted principal that can request a route by a name. For a team, returns the membership if only a
   * member can.
   */
  findOneReaching(name: string, target: Target): Holder | undefined {
    const { state, at } = this.#context
    const moment = evaluationTimeOf(at)
    const resolved = resolve(name, state)
    if (isDenied(resolved) || (resolved.alias !== undefined && isRetired(resolved.alias, moment))) return undefined
    const credential = this.#credential()
    const input = { resolved, credential, isOtherTeam: false, operation: 'any', state, moment } as const
    const route = routeNameOf(target)
    for (const principal of this.#candidates(name, resolved.targets)) {
      for (const context of this.#contextsOf(principal)) {
        const outcome = evaluateContext(context, input)
        if (!outcome.ok || !outcome.routes.some((one) => routeNameOf(one) === route)) continue
        const [holder] = context.holders
        return principal.type === 'team' && holder?.type === 'member' ? holderOf(holder) : principal
      }
    }
    return undefined
  }

  /** Returns the restricted credential. `undefined` if the restriction is not on a credential. */
  #credential(): Credential | undefined {
    const subject = this.#subject
    return subject.type === 'credential' ? getRow(this.#context.state.credentials, subject.id) : undefined
  }

  /**
   * Yields the principals to which the restriction may apply: the subject, or each principal with a group or role that
   * leads to the name.
   */
  *#candidates(name: string, targets: readonly Target[]): IterableIterator<Principal> {
    const subject = this.#subject
    const credential = this.#credential()
    if (credential !== undefined) yield credential.owner
    else if (subject.type === 'member') yield { type: 'user', id: subject.user }
    else if (isPrincipalSubject(subject)) yield subject
    else {
      for (const principal of this.#holders(name, targets)) {
        if (this.#examined === principalLimit) return
        this.#examined += 1
        yield principal
      }
    }
  }

  *#holders(name: string, targets: readonly Target[]): IterableIterator<Principal> {
    const { state } = this.#context
    const all = [
      ...[...groupsReaching(name, state)].map(({ id }) => holdersOfGroup(id, state)),
      ...[...new Set(targets.map(({ providerAccount }) => providerAccount))].map((id) => holdersOfRole(id, state)),
    ]
    for (const holders of all) {
      for (const type of ['team', 'virtualAccount', 'user'] as const)
        for (const id of holders[type]()) yield { type, id }
      for (const { user } of holders.member()) yield { type: 'user', id: user }
      for (const organization of holders.organization()) {
        for (const id of related(state.index.organizationTeams, organization)) yield { type: 'team', id }
        for (const id of related(state.index.organizationVirtualAccounts, organization)) {
          yield { type: 'virtualAccount', id }
        }
      }
    }
  }

  /** Returns the contexts of a principal to which the restriction applies. */
  #contextsOf(principal: Principal): readonly Context[] {
    return cached(this.#contexts, `${principal.type} ${principal.id}`, () => {
      const { state, at } = this.#context
      const subject = this.#subject
      const team = subject.type === 'member' ? subject.team : undefined
      const who = subject.type === 'credential' ? subject : principal
      const caller = identifyCaller({ who, team, operation: 'any' }, state, evaluationTimeOf(at))
      if (isDenied(caller)) return []
      const own = contextsOf(caller.contexts, state)
      if (subject.type === 'organization') return own.filter(({ organization }) => organization?.id === subject.id)
      return principal.type === 'team' && subject.type === 'team' ? [...own, ...this.#withUsers(principal.id)] : own
    })
  }

  /**
   * Returns the contexts in which members act for a team, at most 100. A membership may have groups that the team
   * lacks.
   */
  #withUsers(id: string): readonly Context[] {
    const { state } = this.#context
    const team = getRow(state.teams, id)
    const contexts: Context[] = []
    for (const user of related(state.index.teamMembers, id)) {
      if (contexts.length === memberLimit) break
      const context = findTeamContext(getRow(state.users, user), team, state)
      if (context !== undefined) contexts.push(context)
    }
    return contexts
  }
}
