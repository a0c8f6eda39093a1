import { answerLedgerCaller } from '../../ledger/refusal/caller-answer.ts'
import type { Instant } from '../../model/value/instant.ts'
import { quote } from '../../model/value/quote.ts'
import { answerCaller } from '../../policy/decision/caller-answer.ts'
import type { Denied } from '../../policy/decision/decision.ts'
import type { NotAdmitted } from '../../runtime/call/admit-request.ts'
import { type AnswerReason, refusalTable } from './refusal-table.ts'

/** A refusal by the gateway itself. */
export interface GatewayRefusal {
  readonly reason: AnswerReason
  /** One line for the caller. Default: the message of the table. `model_not_found` always has the message of the table. */
  readonly message?: string
  /** The field of the request at fault. Default: that of the table. */
  readonly param?: string
  /** The suggested wait in milliseconds, for reasons that a retry can resolve. Default: that of the table. */
  readonly retryAfter?: number
  /** The methods of the path, for `method_not_allowed`. Default: `GET, POST`. */
  readonly allow?: string
  /** The id of the decision, if there is one. */
  readonly id?: string
}

/** What a gateway refuses: a call that the engine did not admit, or a refusal of its own. */
export type Refusal = NotAdmitted | GatewayRefusal

/** What a host discloses in refusals, and what it has found out for the caller. */
export interface Disclosure {
  /**
   * What a caller learns about a model that is not granted. `conceal`: the same as about a model that does not exist.
   * `plans`: the plans in `plans`; without any, it is concealed. Default: `conceal`.
   */
  readonly disclosure?: 'conceal' | 'plans' | undefined
  /** The result of `plansWithModel` for the refused request. The first ten are named. */
  readonly plans?: readonly string[] | undefined
  /** Cheaper models that the caller may use, for refusals for credits. The first five are named. */
  readonly cheaper?: readonly string[] | undefined
}

/** What a client is told. */
export interface RefusalFacts {
  readonly reason: AnswerReason
  readonly message: string
  readonly param?: string | undefined
  readonly retryAfter?: number | undefined
  readonly resetsAt?: Instant | undefined
  readonly successor?: string | undefined
  readonly plans?: readonly string[]
  readonly cheaper?: readonly string[]
  readonly allow?: string | undefined
}

const planLimit = 10
const cheaperLimit = 5

/** Returns what a client is told about a refusal. Throws on values that cannot be read. */
export function factsOf(refusal: Refusal, disclosure: Disclosure): RefusalFacts {
  const facts = 'admitted' in refusal ? factsOfEngine(refusal, disclosure) : factsOfGateway(refusal)
  if (facts.reason !== 'credits_exhausted' && facts.reason !== 'spending_limit_reached') return facts
  const cheaper = namesIn(disclosure.cheaper, cheaperLimit)
  if (cheaper.length === 0) return facts
  return { ...facts, cheaper, message: `${facts.message}; cheaper models: ${cheaper.map(quote).join(', ')}` }
}

function factsOfGateway({ reason, message, param, retryAfter, allow }: GatewayRefusal): RefusalFacts {
  if (!Object.hasOwn(refusalTable, reason)) return plain('request_invalid')
  if (reason === 'model_not_found') return plain(reason)
  return {
    reason,
    message: typeof message === 'string' ? message : refusalTable[reason].message,
    param,
    retryAfter,
    allow,
  }
}

function factsOfEngine(refusal: NotAdmitted, disclosure: Disclosure): RefusalFacts {
  switch (refusal.reason) {
    case 'denied':
      return factsOfDenial(refusal.denial, disclosure)
    case 'refused': {
      const { reason, message, retryAfter, resetsAt } = answerLedgerCaller(refusal.refusal)
      return { reason, message, retryAfter, resetsAt }
    }
    case 'request_invalid':
      return factsOfGateway({ reason: refusal.reason, message: refusal.message })
    // Their messages are for operators: they quote errors of the repository and of the ledger.
    case 'policy_unavailable':
    case 'ledger_unavailable':
    case 'aborted':
      return plain(refusal.reason)
    default:
      return plain('request_invalid')
  }
}

/** Returns what a caller is told about a denial. */
export function factsOfDenial(denial: Denied, disclosure: Disclosure = {}): RefusalFacts {
  const answer = answerCaller(denial)
  if (answer.effect === 'allow') return plain('request_invalid')
  const { reason, message } = answer
  if (reason === 'model_not_found') return factsOfUngranted(denial, disclosure)
  const [remedy] = denial.remedies
  const successor = reason === 'model_retired' && remedy?.type === 'use_successor' ? remedy.successor : undefined
  return { reason, message, successor }
}

/** A restriction, a narrower scope and a name that does not exist stay concealed: no plan would change them. */
function factsOfUngranted(denial: Denied, disclosure: Disclosure): RefusalFacts {
  const isDisclosed = disclosure.disclosure === 'plans' && denial.reason === 'model_not_granted'
  const plans = isDisclosed ? namesIn(disclosure.plans, planLimit) : []
  if (plans.length === 0) return plain('model_not_found')
  const message = `the model is not in your plan; plans that have it: ${plans.map(quote).join(', ')}`
  return { reason: 'plan_required', message, plans }
}

function plain(reason: AnswerReason): RefusalFacts {
  return { reason, message: refusalTable[reason].message }
}

function namesIn(names: readonly string[] | undefined, limit: number): readonly string[] {
  if (!Array.isArray(names)) return []
  return names.slice(0, limit).filter((name) => typeof name === 'string')
}
