import type { z } from 'zod'
import { isState } from '../model/state/is-state.ts'
import type { State } from '../model/state/state.ts'
import { type Issue, issuesOf } from '../model/value/issue.ts'
import type { Denied } from '../policy/decision/decision.ts'

/**
 * The code of every query fault, in order of precedence: a malformed query, a name that does not exist, a denied
 * caller. The list is closed: adding or removing a line is a major release.
 */
export const queryFaultCodes = [
  'query_invalid',
  'user_unknown',
  'team_unknown',
  'virtual_account_unknown',
  'organization_unknown',
  'provider_account_unknown',
  'model_unknown',
  'access_group_unknown',
  'caller_denied',
] as const
export type QueryFaultCode = (typeof queryFaultCodes)[number]
/** The codes of faults about a name that does not exist. */
export type UnknownCode = Exclude<QueryFaultCode, 'query_invalid' | 'caller_denied'>

/** Why a query failed. `code` is stable; `path` points into the query; `message` is for a person and may change. */
export type QueryFault = InvalidQuery | CallerDenied | UnknownName

interface FaultLocation {
  readonly path: Issue['path']
  readonly message: string
}

interface UnknownName extends FaultLocation {
  readonly code: UnknownCode
}

/**
 * The fault of a malformed query, or of a query about a corrupt state. `path` and `message` come from the first issue.
 */
interface InvalidQuery extends FaultLocation {
  readonly code: 'query_invalid'
  readonly issues: readonly Issue[]
}

/**
 * The fault of a query on behalf of a caller that may not use any model. `denial` is the decision for every request of
 * the caller.
 */
interface CallerDenied extends FaultLocation {
  readonly code: 'caller_denied'
  readonly denial: Denied
}

/** The result of a query that fails. Queries return failures instead of throwing. */
export interface QueryFailure {
  readonly ok: false
  readonly fault: QueryFault
}

/** Makes the failure of a query about a name that does not exist. */
export function queryFailure(code: UnknownCode, path: Issue['path'], message: string): QueryFailure {
  return { ok: false, fault: { code, path, message } }
}

/** Makes the failure of a query on behalf of a caller that may not use any model. */
export function callerFailure(denial: Denied): QueryFailure {
  const message = `the caller is denied: ${denial.reason}`
  return { ok: false, fault: { code: 'caller_denied', path: ['who'], message, denial } }
}

/** The parsed arguments of a query, or the failure of the query. */
export type ParsedQuery<Query> = { readonly ok: true; readonly query: Query } | QueryFailure

/**
 * Parses the arguments of a query and checks with `isState` that every state argument is a state. Never throws,
 * whatever the input is.
 */
export function parseQuery<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  states: { readonly [name: string]: State },
): ParsedQuery<z.infer<Schema>> {
  try {
    for (const [name, state] of Object.entries(states)) if (!isState(state)) return invalidQuery([notAState(name)])
    const parsed = schema.safeParse(input)
    return parsed.success ? { ok: true, query: parsed.data } : invalidQuery(issuesOf(parsed.error))
  } catch {
    // A getter or a proxy in the input has thrown.
    return invalidQuery([unreadable])
  }
}

/**
 * Returns the result of `answer`, or the fault `query_invalid` when `answer` throws. Only a corrupt state makes
 * `answer` throw. Law tests call the function inside `answer` directly, so that a bug in a query shows as an exception
 * and not as a fault.
 */
export function answerQuery<Answer>(state: string, answer: () => Answer): Answer | QueryFailure {
  try {
    return answer()
  } catch {
    return invalidQuery([{ path: [state], message: `expected a ${state} that is not corrupt` }])
  }
}

const unreadable: Issue = { path: [], message: 'expected a query of plain data that can be read' }
const notAState = (name: string): Issue => ({
  path: [name],
  message: 'expected a state made by `apply`, `replay` or `fromSnapshot`',
})

function invalidQuery(issues: readonly Issue[]): QueryFailure {
  const { path, message } = issues[0] ?? unreadable
  return { ok: false, fault: { code: 'query_invalid', path, message, issues } }
}
