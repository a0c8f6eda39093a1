import type { LedgerCallerReason } from '../../ledger/refusal/caller-answer.ts'
import type { CallerReason } from '../../policy/decision/caller-answer.ts'

/**
 * The reasons for which a gateway itself refuses a call.
 * - `plan_required`: the model is not granted, and the host discloses the plans that have it.
 * - `upstream_failed`: every route failed. A retry can succeed.
 * - `upstream_refused`: the provider refused the gateway's own key or account.
 * - `stream_failed`: the upstream ended a stream too early.
 */
export type GatewayReason =
  | 'token_missing'
  | 'token_ambiguous'
  | 'route_unknown'
  | 'method_not_allowed'
  | 'header_invalid'
  | 'body_invalid'
  | 'body_too_large'
  | 'media_type_unsupported'
  | 'plan_required'
  | 'price_unknown'
  | 'upstream_refused'
  | 'upstream_failed'
  | 'upstream_timeout'
  | 'stream_failed'

/** Every reason for which a client gets an error instead of the answer of a model. It is the `code` of the error. */
export type AnswerReason =
  | CallerReason
  | LedgerCallerReason
  | 'policy_unavailable'
  | 'ledger_unavailable'
  | 'aborted'
  | GatewayReason

/** How one reason is answered over HTTP. */
export interface RefusalRow {
  readonly status: number
  /** The `type` of an error of the OpenAI API. */
  readonly type: string
  /** The `type` of an error of the Anthropic API. */
  readonly anthropicType: string
  /** Whether the same request can succeed within a minute. If so, clients retry the status; otherwise, none does. */
  readonly isRetried: boolean
  /** The suggested wait in milliseconds, unless the refusal has its own. Default: the client's backoff. */
  readonly retryAfter?: number
  /** The value of `WWW-Authenticate`. */
  readonly challenge?: string
  /** The field of the request at fault. */
  readonly param?: string
  /** The message, unless the refusal has its own. */
  readonly message: string
}

type Types = Pick<RefusalRow, 'type' | 'anthropicType'>

const invalid: Types = { type: 'invalid_request_error', anthropicType: 'invalid_request_error' }
const missing: Types = { type: 'invalid_request_error', anthropicType: 'not_found_error' }
const tooLarge: Types = { type: 'invalid_request_error', anthropicType: 'request_too_large' }
const unauthenticated: Types = { type: 'authentication_error', anthropicType: 'authentication_error' }
const unpaid: Types = { type: 'insufficient_quota', anthropicType: 'billing_error' }
const forbidden: Types = { type: 'permission_error', anthropicType: 'permission_error' }
const limited: Types = { type: 'rate_limit_error', anthropicType: 'rate_limit_error' }
const failed: Types = { type: 'server_error', anthropicType: 'api_error' }
// Not `server_error`: the AI SDK takes the type of an error within a stream for its status, and would retry it.
const stuck: Types = { type: 'invalid_request_error', anthropicType: 'api_error' }
const overloaded: Types = { type: 'server_error', anthropicType: 'overloaded_error' }
const late: Types = { type: 'server_error', anthropicType: 'timeout_error' }

const bearer = 'Bearer realm="api"'

/** Makes a row for what a retry of the same request cannot change. */
function refuse(status: number, types: Types, message: string, rest: Partial<RefusalRow> = {}): RefusalRow {
  return Object.freeze({ status, ...types, isRetried: false, message, ...rest })
}

/** Makes a row for what can pass within a minute. */
function retry(status: number, types: Types, message: string, retryAfter?: number): RefusalRow {
  return Object.freeze({
    ...{ status, ...types, isRetried: true, message },
    ...(retryAfter === undefined ? {} : { retryAfter }),
  })
}

const askOperator = 'ask the operator of this gateway'

/**
 * How each reason is answered. Clients retry 408, 409, 429 and everything from 500 on, so only what can succeed within a
 * minute has such a status. A reason without a line does not compile.
 */
export const refusalTable: Readonly<Record<AnswerReason, RefusalRow>> = /* @__PURE__ */ Object.freeze({
  // The request
  request_invalid: refuse(400, invalid, `this request could not be decided; ${askOperator}`),
  body_invalid: refuse(400, invalid, 'the body is not valid'),
  header_invalid: refuse(400, invalid, 'a header is not valid'),
  body_too_large: refuse(413, tooLarge, 'the body is too large'),
  media_type_unsupported: refuse(415, invalid, 'the media type of the body is not supported'),
  route_unknown: refuse(404, missing, 'there is no such path'),
  method_not_allowed: refuse(405, invalid, 'the path has no such method'),

  // The credential
  token_missing: refuse(401, unauthenticated, 'no token; send `Authorization: Bearer <token>`', { challenge: bearer }),
  token_ambiguous: refuse(400, invalid, 'expected exactly one token', {
    challenge: `${bearer}, error="invalid_request"`,
  }),
  credential_invalid: refuse(401, unauthenticated, 'the credential is not valid; use another one', {
    challenge: `${bearer}, error="invalid_token"`,
  }),
  credential_expired: refuse(401, unauthenticated, 'the credential has expired; sign in again or use a new one', {
    challenge: `${bearer}, error="invalid_token"`,
  }),

  // The policy
  access_suspended: refuse(403, forbidden, `access is suspended; ${askOperator}`),
  operation_not_permitted: refuse(403, forbidden, 'the credential may not be used for this operation'),
  management_not_granted: refuse(403, forbidden, 'not permitted to manage this; ask an administrator'),
  team_not_found: refuse(404, missing, 'team not found; name one of your own teams', { param: 'team' }),
  team_required: refuse(400, invalid, 'several of your teams could pay for this call; name one', { param: 'team' }),
  model_not_found: refuse(404, missing, `model not found; list the models you may use, or ${askOperator}`, {
    param: 'model',
  }),
  plan_required: refuse(403, forbidden, 'the model is not in your plan', { param: 'model' }),
  // 404 as the providers answer, and not 410, for which the official clients have no class.
  model_retired: refuse(404, missing, 'the model is retired; use another one', { param: 'model' }),
  model_unavailable: refuse(424, stuck, `the model is not available now; use another one, or ${askOperator}`, {
    param: 'model',
  }),
  price_unknown: refuse(424, stuck, `the model has no price; use another one, or ${askOperator}`, { param: 'model' }),

  // The credits
  credits_exhausted: refuse(402, unpaid, 'not enough credits for this call; ask the payer to add some'),
  spending_limit_reached: refuse(402, unpaid, 'a spending limit is reached; ask the payer to raise it'),
  credits_reserved: retry(429, limited, 'other calls hold the credits; retry soon', 1_000),
  call_ended: refuse(422, invalid, 'this call has ended; make a new call'),
  key_reused: refuse(422, invalid, 'this idempotency key was used for another request; use a new key'),
  not_booked: refuse(424, stuck, `this request could not be booked; ${askOperator}`),

  // The gateway and its upstreams
  policy_unavailable: retry(503, overloaded, 'the gateway cannot decide now; retry soon', 1_000),
  ledger_unavailable: retry(503, overloaded, 'the gateway cannot book now; retry soon', 1_000),
  upstream_refused: refuse(424, stuck, `the provider of the model refused the gateway; ${askOperator}`),
  upstream_failed: retry(502, failed, 'the provider of the model failed; retry soon'),
  upstream_timeout: retry(504, late, 'the provider of the model did not answer in time; retry soon'),
  stream_failed: retry(502, failed, 'the provider of the model ended the stream too early'),
  aborted: refuse(499, invalid, 'the request was aborted'),
})

/** The row of each status of commands that a reason above does not have. */
export const commandTable = /* @__PURE__ */ Object.freeze({
  invalid: refuse(400, invalid, 'the command is not valid'),
  forbidden: refuse(403, forbidden, 'the actor may not give this command'),
  missing: refuse(404, missing, 'not found'),
  /** Not 409, which clients retry. */
  impossible: refuse(422, invalid, 'the command is not possible now'),
  versionConflict: refuse(412, invalid, 'the policy has another version; read it again'),
  contended: retry(503, overloaded, 'other writers changed the policy at every try; retry soon', 1_000),
})

/** The row of each error of the AuthZEN API that no reason above has. */
export const authZenTable = /* @__PURE__ */ Object.freeze({
  failed: retry(500, failed, 'the request could not be evaluated'),
})

/** The name of each status, as the title of a problem. */
export const statusNames: Readonly<Record<number, string>> = /* @__PURE__ */ Object.freeze({
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  424: 'Failed Dependency',
  429: 'Too Many Requests',
  499: 'Client Closed Request',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
})
