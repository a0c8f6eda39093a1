import type {
  AuthZenAction,
  AuthZenEvaluation,
  AuthZenProperties,
  AuthZenResource,
  AuthZenSubject,
  AuthZenWanted,
} from './entity.ts'

/** The result of one evaluation. */
export interface AuthZenDecision {
  readonly decision: boolean
  /** What the enforcement point may learn in addition. */
  readonly context?: AuthZenProperties | undefined
}

/** The result of an evaluator that cannot decide now. The whole request is answered as unavailable, and may be retried. */
export interface AuthZenUnavailable {
  readonly reason: 'policy_unavailable'
}

/** Which part of the results of a search to return. */
export interface AuthZenPageRequest {
  /** The maximum number of results, 1 to 1,000. */
  readonly limit: number
  /** The `next` of the previous page; absent for the first page. It comes from the client, so it may be any string. */
  readonly after?: string | undefined
}

/** One page of the results of a search. */
export interface AuthZenPage<Result> {
  readonly results: readonly Result[]
  /** The position after this page. Absent on the last page. */
  readonly next?: string | undefined
}

/** A search for the subjects of a type that may perform an action on a resource. */
export type AuthZenSubjectSearch = Omit<AuthZenEvaluation, 'subject'> & { readonly subject: AuthZenWanted }
/** A search for the resources of a type on which a subject may perform an action. */
export type AuthZenResourceSearch = Omit<AuthZenEvaluation, 'resource'> & { readonly resource: AuthZenWanted }
/** A search for the actions that a subject may perform on a resource. */
export type AuthZenActionSearch = Omit<AuthZenEvaluation, 'action'>

type Answer<T> = T | AuthZenUnavailable | Promise<T | AuthZenUnavailable>

/**
 * The policy behind a handler. A search that the evaluator lacks has no endpoint. When a method throws, the request is denied or answered as failed, never allowed.
 */
export interface AuthZenEvaluator {
  evaluate(evaluation: AuthZenEvaluation): Answer<AuthZenDecision>
  searchSubjects?(search: AuthZenSubjectSearch, page: AuthZenPageRequest): Answer<AuthZenPage<AuthZenSubject>>
  searchResources?(search: AuthZenResourceSearch, page: AuthZenPageRequest): Answer<AuthZenPage<AuthZenResource>>
  searchActions?(search: AuthZenActionSearch, page: AuthZenPageRequest): Answer<AuthZenPage<AuthZenAction>>
}
