import { z } from 'zod'
import type { ProviderAccount } from '../model/noun/provider-account.ts'
import { isState } from '../model/state/is-state.ts'
import type { State } from '../model/state/state.ts'
import { findRow } from '../model/table/table.ts'
import { Instant } from '../model/value/instant.ts'
import { type Issue, issuesOf } from '../model/value/issue.ts'
import type { Principal } from '../model/value/principal.ts'
import { type Caller, identifyCaller } from '../policy/context/caller.ts'
import type { Denied } from '../policy/decision/decision.ts'
import { deny, isDenied } from '../policy/decision/deny.ts'
import { type EvaluationTime, evaluationTimeOf, noteBoundary, untilOf } from '../policy/evaluation-time.ts'
import { Name, Who } from '../policy/request/request.ts'
import { type Access, accessTo } from './access.ts'
import { exceptionsOf, unnamedModel } from './any-model.ts'
import { lazy } from './lazy.ts'
import { holdingsOf, namesOf } from './name.ts'

/** One name that a caller may use now, with what a decision says of it. */
export interface ListedModel extends Access {
  readonly type: 'alias' | 'model'
  /** The name to call it by. */
  readonly name: string
  readonly description?: string
  /** When the alias, or the concrete model's account, was made. */
  readonly createdAt: Instant
  /** Before this instant, time alone does not change this line. */
  readonly until?: Instant
}

/** A provider account that serves any model, of which the caller may use every model that is not listed by name. */
export interface OpenAccount extends Access {
  readonly providerAccount: string
  /** Models that are not the caller's all the same: `account/model` is refused, or is an alias of its own. */
  readonly except: readonly string[]
  readonly until?: Instant
}

/** What a caller may use now, or why it may ask nothing. */
export type ModelList =
  | {
      readonly ok: true
      readonly principal: Principal
      /** In the order of their names. */
      readonly models: readonly ListedModel[]
      readonly openAccounts: readonly OpenAccount[]
      /** Before this instant, time alone does not change the list. */
      readonly until?: Instant
      readonly version: number
    }
  | { readonly ok: false; readonly denial: Denied }

const Query = /* @__PURE__ */ lazy(() =>
  z.strictObject({ who: Who, options: z.strictObject({ at: Instant, team: Name.optional() }) }),
)

/**
 * Every name that a principal or the bearer of a credential may use now: listed if and only if `authorize` allows it, or
 * refuses it for money alone. Costs what the caller holds, not what the state does. A caller that may ask nothing, and a
 * query of the wrong shape, get the denial that a request would.
 *
 * @example
 * const list = listModels({ type: 'team', id: 'acme-prod' }, state, { at })
 * if (list.ok) console.log(list.models.map(({ name }) => name)) // [ 'claude-3-opus', 'gpt-4' ]
 */
export function listModels(
  who: Who,
  state: State,
  options: { readonly at: Instant; readonly team?: string | undefined },
): ModelList {
  try {
    if (!isState(state)) return invalid([{ path: ['state'], message: 'expected a state' }], { version: 0 })
    const parsed = Query().safeParse({ who, options })
    return parsed.success ? list(parsed.data, state) : invalid(issuesOf(parsed.error), state)
  } catch {
    return invalid([{ path: ['state'], message: 'expected a state that is whole' }], { version: 0 })
  }
}

function invalid(issues: readonly Issue[], state: Pick<State, 'version'>): ModelList {
  const denial = deny('request_invalid', { type: 'request' }, [{ type: 'correct_request', issues }], state)
  return { ok: false, denial }
}

function list({ who, options: { at, team } }: z.infer<ReturnType<typeof Query>>, state: State): ModelList {
  const moment = evaluationTimeOf(at)
  const asking = identifyCaller(who, team, state, moment)
  if (isDenied(asking)) return { ok: false, denial: asking }
  const good = moment.until
  const lines = new Lines(asking, state, { at, until: good })
  const holdings = holdingsOf(asking, state)
  const openAccounts = [...holdings.providerAccounts]
    .filter(({ anyModel }) => anyModel)
    .map((account) => lines.findOpen(account))
    .filter((open) => open !== undefined)
    .sort((a, b) => (a.providerAccount < b.providerAccount ? -1 : 1))
  const models = [...namesOf(asking, holdings, state)]
    .map((name) => lines.find(name))
    .filter((line) => line !== undefined)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  return {
    ok: true,
    principal: asking.principal,
    models,
    openAccounts,
    ...untilOf(lines.moment),
    version: state.version,
  }
}

/** Judges names one by one, each for an `until` of its own, and keeps the first flip of all. */
class Lines {
  readonly #asking: Caller
  readonly #state: State
  readonly #good: number
  readonly moment: EvaluationTime

  constructor(asking: Caller, state: State, moment: EvaluationTime) {
    this.#asking = asking
    this.#state = state
    this.#good = moment.until
    this.moment = moment
  }

  find(name: string): ListedModel | undefined {
    const moment = { at: this.moment.at, until: this.#good }
    const access = this.#judge(name, moment)
    if (access === undefined) return undefined
    const alias = findRow(this.#state.modelAliases, name)
    if (alias !== undefined) {
      const { description, createdAt } = alias
      const said = description === undefined ? undefined : { description }
      return { type: 'alias', name, ...said, ...access, createdAt, ...untilOf(moment) }
    }
    const account = findRow(this.#state.providerAccounts, access.routes[0]?.providerAccount ?? '')
    return { type: 'model', name, ...access, createdAt: account?.createdAt ?? 0, ...untilOf(moment) }
  }

  findOpen(account: ProviderAccount): OpenAccount | undefined {
    const { id } = account
    const exceptions = exceptionsOf(account, this.#asking, this.#state)
    const moment = { at: this.moment.at, until: this.#good }
    const access = this.#judge(`${id}/${unnamedModel(exceptions, account)}`, moment)
    if (access === undefined) return undefined
    const except = [...exceptions].filter((model) => !this.#isSame(`${id}/${model}`, moment)).sort()
    return { providerAccount: id, ...access, except, ...untilOf(moment) }
  }

  /** Whether a model is the caller's like any other of its account, under a name that no alias has taken. */
  #isSame(name: string, moment: EvaluationTime): boolean {
    return findRow(this.#state.modelAliases, name) === undefined && this.#judge(name, moment) !== undefined
  }

  #judge(name: string, moment: EvaluationTime): Access | undefined {
    const access = accessTo(this.#asking, name, this.#state, moment)
    noteBoundary(this.moment, moment.until)
    return access
  }
}
