import { z } from 'zod'
import type { ProviderAccount } from '../model/noun/provider-account.ts'
import type { State } from '../model/state/state.ts'
import { findRow } from '../model/table/table.ts'
import { Instant } from '../model/value/instant.ts'
import type { Principal } from '../model/value/principal.ts'
import { type Caller, identifyCaller } from '../policy/context/caller.ts'
import { isDenied } from '../policy/decision/deny.ts'
import { type EvaluationTime, evaluationTimeOf, noteBoundary, untilOf } from '../policy/evaluation-time.ts'
import { Name, Who } from '../policy/request/request.ts'
import { type Access, accessTo } from './access.ts'
import { exceptionsOf, unnamedModel } from './any-model.ts'
import { lazy } from './lazy.ts'
import { holdingsOf, namesOf } from './name.ts'
import { answerQuery, callerFailure, parseQuery, type QueryFailure } from './query-fault.ts'

/** One name that a caller may use now, with the access that the decision for that name gives. */
export interface ListedModel extends Access {
  readonly type: 'alias' | 'model'
  /** The name to send in a request. */
  readonly name: string
  readonly description?: string
  /** When the alias, or the provider account of the concrete model, was created. */
  readonly createdAt: Instant
  /** Before this instant, time alone does not change this entry. */
  readonly until?: Instant
}

/** A provider account with `anyModel`: the caller may use every model on it that `models` does not list. */
export interface OpenAccount extends Access {
  readonly providerAccount: string
  /** Exceptions: models for which `account/model` is denied, or is the name of an alias. */
  readonly except: readonly string[]
  readonly until?: Instant
}

/** What a caller may use now. */
export interface ModelList {
  readonly ok: true
  readonly principal: Principal
  /** Sorted by name. */
  readonly models: readonly ListedModel[]
  readonly openAccounts: readonly OpenAccount[]
  /** Before this instant, time alone does not change the list. */
  readonly until?: Instant
  readonly version: number
}

/** The instant of a model list, and the team on whose behalf the caller asks. */
export interface ModelListOptions {
  readonly at: Instant
  readonly team?: string | undefined
}

const Query = /* @__PURE__ */ lazy(() =>
  z.strictObject({ who: Who, options: z.strictObject({ at: Instant, team: Name.optional() }) }),
)

/**
 * Every name that a principal or the bearer of a credential may use now: listed if and only if `authorize` allows it, or
 * denies it for money alone. Costs what the caller holds, not what the state holds. A caller that may not use anything,
 * for example with a revoked credential, gets the fault `caller_denied` with the denial of its requests.
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

/** `listModels` without its guards: throws when the state is corrupt. */
export function modelsFor(who: Who, state: State, { at, team }: ModelListOptions): ModelList | QueryFailure {
  const moment = evaluationTimeOf(at)
  const caller = identifyCaller(who, team, state, moment)
  if (isDenied(caller)) return callerFailure(caller)
  const callerUntil = moment.until
  const finder = new EntryFinder(caller, state, { at, until: callerUntil })
  const holdings = holdingsOf(caller, state)
  const openAccounts = [...holdings.providerAccounts]
    .filter(({ anyModel }) => anyModel)
    .map((account) => finder.findOpen(account))
    .filter((open) => open !== undefined)
    .sort((a, b) => (a.providerAccount < b.providerAccount ? -1 : 1))
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
 * Finds the entries of a model list, each entry with its own `until`. `moment.until` is the earliest boundary of the
 * caller and of all evaluated names.
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

  findOpen(account: ProviderAccount): OpenAccount | undefined {
    const { id } = account
    const exceptions = exceptionsOf(account, this.#caller, this.#state)
    const moment = { at: this.moment.at, until: this.#callerUntil }
    const access = this.#evaluateModel(`${id}/${unnamedModel(exceptions, account)}`, moment)
    if (access === undefined) return undefined
    const except = [...exceptions].filter((model) => !this.#isOrdinary(`${id}/${model}`, moment)).sort()
    return { providerAccount: id, ...access, except, ...untilOf(moment) }
  }

  /**
   * Whether a name is no exception among the unlisted models of its account: the caller may use the name, and no alias
   * has the same name.
   */
  #isOrdinary(name: string, moment: EvaluationTime): boolean {
    return findRow(this.#state.modelAliases, name) === undefined && this.#evaluateModel(name, moment) !== undefined
  }

  #evaluateModel(name: string, moment: EvaluationTime): Access | undefined {
    const access = accessTo(this.#caller, name, this.#state, moment)
    noteBoundary(this.moment, moment.until)
    return access
  }
}
