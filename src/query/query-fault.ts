import type { z } from 'zod'
import { isState } from '../model/state/is-state.ts'
import type { State } from '../model/state/state.ts'
import { type Issue, issuesOf } from '../model/value/issue.ts'

/**
 * Every way a query is refused. A query that is not well formed comes before one about something that is not there. The
 * list is closed: adding or removing a line is a major release.
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
] as const
export type QueryFaultCode = (typeof queryFaultCodes)[number]

/** Why a query has no answer: a stable code, where in the query, and words for a person. */
export interface QueryFault {
  readonly code: QueryFaultCode
  readonly path: Issue['path']
  readonly message: string
  /** Everything wrong with the query's shape. */
  readonly issues?: readonly Issue[]
}

/** The answer of a query that has none. */
export interface QueryFailure {
  readonly ok: false
  readonly fault: QueryFault
}

/** The answer of a query that has none, and why. */
export function queryFailure(code: QueryFaultCode, path: Issue['path'], message: string): QueryFailure {
  return { ok: false, fault: { code, path, message } }
}

export type ParsedQuery<Query> = { readonly ok: true; readonly query: Query } | QueryFailure

/** Reads the parts of a query, of whatever shape, and sees that the states it is about are states. */
export function parseQuery<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  states: { readonly [name: string]: State },
): ParsedQuery<z.infer<Schema>> {
  try {
    for (const [name, state] of Object.entries(states)) if (!isState(state)) return invalid([noState(name)])
    const parsed = schema.safeParse(input)
    return parsed.success ? { ok: true, query: parsed.data } : invalid(issuesOf(parsed.error))
  } catch {
    return invalid([unreadable])
  }
}

/** Answers, unless the state turns out to be corrupt on the way: that is said, not thrown. */
export function answerQuery<Answer>(state: string, answer: () => Answer): Answer | QueryFailure {
  try {
    return answer()
  } catch {
    return invalid([{ path: [state], message: `expected a ${state} that is whole` }])
  }
}

const unreadable: Issue = { path: [], message: 'expected a query as plain data, which can be read' }
const noState = (name: string): Issue => ({
  path: [name],
  message: 'expected a state that `apply`, `replay` or a snapshot has made',
})

function invalid(issues: readonly Issue[]): QueryFailure {
  const { path, message } = issues[0] ?? unreadable
  return { ok: false, fault: { code: 'query_invalid', path, message, issues } }
}
