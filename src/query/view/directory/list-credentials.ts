import * as z from 'zod'
import type { Credential } from '../../../model/noun/credential.ts'
import type { State } from '../../../model/state/state.ts'
import type { RelationName } from '../../../model/state/state-index.ts'
import { countRelated, type Relation, relatedAfter } from '../../../model/table/relation.ts'
import { getRow, hasRow } from '../../../model/table/table.ts'
import { Instant } from '../../../model/value/instant.ts'
import type { Operations } from '../../../model/value/operation.ts'
import type { Actor, Agent, Principal } from '../../../model/value/principal.ts'
import type { Scope } from '../../../model/value/selector.ts'
import { type EvaluationTime, evaluationTimeOf, noteBoundary, untilOf } from '../../../policy/evaluation-time.ts'
import { Name } from '../../../policy/request/request.ts'
import { lazy } from '../../lazy.ts'
import { PrincipalReference } from '../../principal-reference.ts'
import { answerQuery, parseQuery, type QueryFailure } from '../../query-fault.ts'
import { unknownPrincipal } from '../../unknown-name.ts'

/** A filter for credentials: those of an owner, or those that an agent issued. */
export type CredentialFilter =
  | { readonly type: 'owner'; readonly owner: Principal }
  | {
      /** Credentials that the agent issued, for any owner. The agent may no longer exist. */
      readonly type: 'issuedBy'
      readonly issuedBy: Agent
    }

/** A credential in the list. Contains no digest. */
export interface CredentialSummary {
  readonly credential: string
  readonly name?: string
  readonly owner: Principal
  /** The team on behalf of which a user's token acts. */
  readonly team?: string
  /** The actor that issued the credential. The actor may no longer exist. */
  readonly issuedBy: Actor
  readonly scope: Scope
  readonly operations: Operations
  /** Whether the credential itself is usable now. Ignores the status of the owner. */
  readonly status: 'valid' | 'expired' | 'suspended' | 'revoked'
  readonly createdAt: Instant
  readonly expiresAt?: Instant
  readonly revokedAt?: Instant
}

/** A page of credentials. The order of the credentials does not change when the state changes. */
export interface CredentialList {
  readonly ok: true
  readonly credentials: readonly CredentialSummary[]
  /** The value to pass as `after` for the next page. Absent on the last page. */
  readonly next?: string
  /** The number of credentials on all pages together. */
  readonly total: number
  /** The page stays valid until this instant, unless the state changes earlier. */
  readonly until?: Instant
  readonly version: number
}

/** The maximum number of credentials on a page. */
export const credentialPageLimit = 1000
const defaultLimit = 100

const Query = /* @__PURE__ */ lazy(() =>
  z.strictObject({
    filter: z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('owner'), owner: PrincipalReference() }),
      z.strictObject({
        type: z.literal('issuedBy'),
        issuedBy: z.strictObject({ type: z.enum(['user', 'virtualAccount']), id: Name }),
      }),
    ]),
    options: z.strictObject({
      at: Instant,
      limit: z.int().min(1).max(credentialPageLimit).optional(),
      after: Name.optional(),
    }),
  }),
)

/** When to evaluate the list of credentials, and which page to return. */
export interface ListCredentialsOptions {
  readonly at: Instant
  /** The maximum number of credentials on the page, from 1 to 1,000. Default: 100. */
  readonly limit?: number | undefined
  /** The id of the last credential on the previous page. Default: the first page. */
  readonly after?: string | undefined
}

/**
 * Returns a page of the credentials of an owner, or of the credentials that an agent issued. A page costs time
 * proportional to its length. A credential issued or deleted between two pages causes no other credential to be skipped
 * or repeated.
 *
 * @example
 * const list = listCredentials({ type: 'issuedBy', issuedBy: { type: 'user', id: 'ann' } }, state, { at })
 * if (list.ok) console.log(list.credentials.filter(({ status }) => status === 'valid'))
 */
export function listCredentials(
  filter: CredentialFilter,
  state: State,
  options: ListCredentialsOptions,
): CredentialList | QueryFailure {
  const parsed = parseQuery(Query(), { filter, options }, { state })
  if (!parsed.ok) return parsed
  const { query } = parsed
  return answerQuery('state', () => credentialPageOf(query.filter, state, query.options))
}

/**
 * Lists credentials like `listCredentials`, but without argument checks and error handling. Throws when the state is
 * corrupt.
 */
export function credentialPageOf(
  filter: CredentialFilter,
  state: State,
  { at, limit = defaultLimit, after }: ListCredentialsOptions,
): CredentialList | QueryFailure {
  if (filter.type === 'owner' && !exists(filter.owner, state))
    return unknownPrincipal(filter.owner, ['filter', 'owner'])
  const [relation, from] = linksOf(filter, state)
  const moment = evaluationTimeOf(at)
  const credentials: CredentialSummary[] = []
  let next: string | undefined
  for (const { id } of relatedAfter(relation, from, after)) {
    if (credentials.length === limit) {
      next = credentials.at(-1)?.credential
      break
    }
    credentials.push(summaryOf(getRow(state.credentials, id), moment))
  }
  const total = countRelated(relation, from)
  const { version } = state
  return { ok: true, credentials, ...(next === undefined ? undefined : { next }), total, ...untilOf(moment), version }
}

const ownerRelations = {
  user: 'userCredentials',
  team: 'teamCredentials',
  virtualAccount: 'virtualAccountCredentials',
} as const satisfies Record<Principal['type'], RelationName>

const issuerRelations = {
  user: 'userIssuedCredentials',
  virtualAccount: 'virtualAccountIssuedCredentials',
} as const satisfies Record<Agent['type'], RelationName>

/** Returns the index relation in which to look up a filter's credentials, and the id to look up. */
function linksOf(filter: CredentialFilter, { index }: State): readonly [relation: Relation, from: string] {
  return filter.type === 'owner'
    ? [index[ownerRelations[filter.owner.type]], filter.owner.id]
    : [index[issuerRelations[filter.issuedBy.type]], filter.issuedBy.id]
}

function exists({ type, id }: Principal, { users, teams, virtualAccounts }: State): boolean {
  return hasRow<unknown>({ user: users, team: teams, virtualAccount: virtualAccounts }[type], id)
}

function summaryOf(row: Credential, moment: EvaluationTime): CredentialSummary {
  const { id, name, owner, team, issuedBy, scope, operations, createdAt, expiresAt, revokedAt } = row
  return {
    credential: id,
    ...(name === undefined ? undefined : { name }),
    owner,
    ...(team === undefined ? undefined : { team }),
    issuedBy,
    scope,
    operations,
    status: statusOf(row, moment),
    createdAt,
    ...(expiresAt === undefined ? undefined : { expiresAt }),
    ...(revokedAt === undefined ? undefined : { revokedAt }),
  }
}

function statusOf(
  { expiresAt, revokedAt, suspendedBy }: Credential,
  moment: EvaluationTime,
): CredentialSummary['status'] {
  if (revokedAt !== undefined) return 'revoked'
  if (suspendedBy !== undefined) return 'suspended'
  if (expiresAt === undefined) return 'valid'
  noteBoundary(moment, expiresAt)
  return expiresAt <= moment.at ? 'expired' : 'valid'
}
