import * as z from 'zod'
import { isSame } from '../change/rule/row.ts'
import type { ProviderAccount } from '../model/noun/provider-account.ts'
import type { State } from '../model/state/state.ts'
import { findRow } from '../model/table/table.ts'
import { Instant } from '../model/value/instant.ts'
import { Operation } from '../model/value/operation.ts'
import type { Principal } from '../model/value/principal.ts'
import { type Caller, identifyCaller } from '../policy/context/caller.ts'
import { isDenied } from '../policy/decision/deny.ts'
import { type EvaluationTime, evaluationTimeOf, noteBoundary, untilOf } from '../policy/evaluation-time.ts'
import { Name, Who } from '../policy/request/request.ts'
import { type Access, accessTo } from './access.ts'
import { aliasesNamedOn } from './any-model.ts'
import { ClassFinder } from './caller-class.ts'
import { lazy } from './lazy.ts'
import { type Holding, holdingsOf, namesOf, openAccountsOf, unlistedMembersOn } from './name.ts'
import { matcherOfName } from './name-matcher.ts'
import { describeClasses, isAmongModels, type OpenModels } from './open-class.ts'
import { answerQuery, callerFailure, parseQuery, type QueryFailure } from './query-fault.ts'

/** A name that a caller may use now, with the caller's access to the model. */
export interface ListedModel extends Access {
  readonly type: 'alias' | 'model'
  /** The name to send in a request. */
  readonly name: string
  readonly description?: string
  /** When the alias, or the provider account of the concrete model, was created. */
  readonly createdAt: Instant
  /** The entry stays valid until this instant, unless the state changes earlier. */
  readonly until?: Instant
}

/**
 * A set of unlisted models on an account with `anyModel` that the caller may use. The set contains the models whose
 * name `account/model` matches all of `matching` and none of `except`. The route is the requested model. Models that
 * one of the caller's access groups names are among `models`, and in `except` if their payer or paths differ.
 */
export interface OpenAccount extends Omit<Access, 'routes'>, OpenModels {
  readonly providerAccount: string
  readonly until?: Instant
}

/** The result of `listModels`: the models and the open provider accounts (`anyModel`) that a caller may use now. */
export interface ModelList {
  readonly ok: true
  readonly principal: Principal
  /** The names that the caller may use, sorted. */
  readonly models: readonly ListedModel[]
  /**
   * The unlisted models that the caller may use, sorted by provider account. An account has several entries if its
   * models differ in payer or paths.
   */
  readonly openAccounts: readonly OpenAccount[]
  /** The list stays valid until this instant, unless the state changes earlier. */
  readonly until?: Instant
  readonly version: number
}

/** When to evaluate the list, and on behalf of which team. */
export interface ModelListOptions {
  readonly at: Instant
  readonly team?: string | undefined
  /** Default: the list has the models of every operation that the credential permits. */
  readonly operation?: Operation | undefined
}

const Query = /* @__PURE__ */ lazy(() =>
  z.strictObject({
    who: Who,
    options: z.strictObject({ at: Instant, team: Name.optional(), operation: Operation.optional() }),
  }),
)

/**
 * Returns every name that a principal or the bearer of a credential may use now. A name is listed if and only if
 * `authorize` allows a request for the name, or denies the request for money alone. Costs time proportional to what the
 * caller holds, not to the size of the state. A caller that may not use anything, for example with a revoked
 * credential, gets the fault `caller_denied` with the denial of its requests.
 *
 * @example
 * const list = listModels({ type: 'team', id: 'acme-prod' }, state, { at })
 * if (list.ok) console.log(list.models.map(({ name }) => name)) // [ 'claude-3-opus', 'gpt-4' ]
 * else if (list.fault.code === 'caller_denied') console.log(answerCaller(list.fault.denial))
 */
export function listModels(who: Who, state: State, options: ModelListOptions): ModelList | QueryFailure {
  const parsed = parseQuery(Query(), { who, options }, { state })
  if (!parsed.ok) return parsed
  return answerQuery('state', () => modelsFor(parsed.query.who, state, parsed.query.options))
}

/**
 * Lists models like `listModels`, but without argument checks and error handling. Throws when the state is corrupt.
 */
export function modelsFor(who: Who, state: State, options: ModelListOptions): ModelList | QueryFailure {
  const { at, team, operation = 'any' } = options
  const moment = evaluationTimeOf(at)
  const caller = identifyCaller({ who, team, operation }, state, moment)
  if (isDenied(caller)) return callerFailure(caller)
  const openMoment = { ...moment }
  const openAccounts = findOpenAccounts(caller, state, openMoment)
  const finder = new EntryFinder(caller, state, moment)
  noteBoundary(finder.moment, openMoment.until)
  const holdings = holdingsOf(caller, state)
  const models = [...namesOf(caller, holdings, state)]
    .map((name) => finder.find(name))
    .filter((line) => line !== undefined)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  return {
    ok: true,
    principal: caller.principal,
    models,
    openAccounts,
    ...untilOf(finder.moment),
    version: state.version,
  }
}

/**
 * Returns the models of accounts with `anyModel` that a caller may use although no account lists them. Lowers
 * `moment.until` to the next instant at which the result may change.
 */
export function findOpenAccounts(caller: Caller, state: State, moment: EvaluationTime): readonly OpenAccount[] {
  const finder = new EntryFinder(caller, state, moment)
  const holdings = holdingsOf(caller, state)
  return openAccountsOf(holdings, state).flatMap((account) => finder.findOpen(account, holdings))
}

/**
 * Finds the entries of a model list, each with its own `until`. `moment.until` is the earliest boundary of the caller
 * and of all evaluated names.
 */
class EntryFinder {
  readonly #caller: Caller
  readonly #state: State
  readonly #callerUntil: number
  readonly moment: EvaluationTime

  constructor(caller: Caller, state: State, moment: EvaluationTime) {
    this.#caller = caller
    this.#state = state
    this.#callerUntil = moment.until
    this.moment = moment
  }

  find(name: string): ListedModel | undefined {
    const moment = { at: this.moment.at, until: this.#callerUntil }
    const access = this.#evaluateModel(name, moment)
    if (access === undefined) return undefined
    const alias = findRow(this.#state.modelAliases, name)
    if (alias !== undefined) {
      const { description, createdAt } = alias
      const described = description === undefined ? undefined : { description }
      return { type: 'alias', name, ...described, ...access, createdAt, ...untilOf(moment) }
    }
    const account = findRow(this.#state.providerAccounts, access.routes[0]?.providerAccount ?? '')
    return { type: 'model', name, ...access, createdAt: account?.createdAt ?? 0, ...untilOf(moment) }
  }

  findOpen(account: ProviderAccount, { accessGroups }: Holding): readonly OpenAccount[] {
    const { id } = account
    const moment = { at: this.moment.at, until: this.#callerUntil }
    const classes = new ClassFinder(account, this.#state).classesFor(this.#caller).map((one) => {
      return { ...one, value: this.#evaluateModel(`${id}/${one.sample}`, moment) }
    })
    const aliases = aliasesNamedOn(id, this.#state).map((model) => `${id}/${model}`)
    const members = unlistedMembersOn(account, accessGroups)
      .map((model) => `${id}/${model}`)
      .filter((name) => !aliases.includes(name))
      .map((name) => ({ name, access: this.#evaluateModel(name, moment) }))
    return describeClasses(classes, isSameAccess).map(({ models, value }) => {
      const { routes: _, ...access } = value
      const others = members.filter((member) => member.access === undefined || !isSameAccess(member.access, value))
      const named = [...aliases, ...others.map(({ name }) => name)].filter((name) => isAmongModels(models, name))
      const except = [...models.except, ...named.map(matcherOfName)]
      return { providerAccount: id, ...access, matching: models.matching, except, ...untilOf(moment) }
    })
  }

  #evaluateModel(name: string, moment: EvaluationTime): Access | undefined {
    const access = accessTo(this.#caller, name, this.#state, moment)
    noteBoundary(this.moment, moment.until)
    return access
  }
}

/** Whether two models of one account are used with the same payer, team and paths. */
function isSameAccess(a: Access, b: Access): boolean {
  return isSame(a.payer, b.payer) && isSame(a.reach, b.reach) && a.team === b.team
}
