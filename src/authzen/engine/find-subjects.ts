import type { State } from '../../model/state/state.ts'
import type { RelationName } from '../../model/state/state-index.ts'
import { relatedAfter } from '../../model/table/relation.ts'
import type { PrincipalType } from '../../model/value/principal.ts'
import { findTarget } from '../../query/who/access-target.ts'
import { possibleAgents } from '../../query/who/possible-agent.ts'
import { scanPrincipals } from '../../query/who/principal-scan.ts'
import type { AuthZenSubjectSearch } from '../message/evaluator.ts'
import { requestOf } from './engine-request.ts'
import type { Candidate, SearchRange } from './page-of.ts'

/**
 * Yields the ids of the subjects of a type that may be allowed: all that are, and some that are not. The order does not change
 * when the policy changes. Costs time proportional to those that are taken for a model, and to those that may manage a thing.
 */
export function* findSubjects(
  search: AuthZenSubjectSearch,
  state: State,
  range: SearchRange,
): IterableIterator<Candidate> {
  const { type } = search.subject
  if (type === 'credential') yield* findCredentials(search, state, range)
  else if (type === 'user' || type === 'team' || type === 'virtualAccount') {
    for (const id of findPrincipals(type, search, state, range)) yield { id, position: id }
  }
}

/** Yields the principals of a type that may be allowed. */
function* findPrincipals(
  type: PrincipalType,
  search: AuthZenSubjectSearch,
  state: State,
  { at, after, limit }: SearchRange,
): IterableIterator<string> {
  const request = requestOf({ ...search, subject: { type, id: '' } })
  if (request === undefined) return
  if (request.type !== 'manage') {
    const target = findTarget(request.type === 'use' ? request.model : request.what, state, at)
    if (!('ok' in target)) yield* scanPrincipals(type, target.source, state, { after, wanted: limit })
    return
  }
  const ids = new Set<string>()
  for (const agent of possibleAgents(request.thing, state)) if (agent.type === type) ids.add(agent.id)
  for (const id of [...ids].sort()) if (after === undefined || id > after) yield id
}

const ownerTypes = ['team', 'virtualAccount', 'user'] as const

const credentialsOf = {
  user: 'userCredentials',
  team: 'teamCredentials',
  virtualAccount: 'virtualAccountCredentials',
} as const satisfies Record<PrincipalType, RelationName>

/** Yields the credentials of the principals that may be allowed: a credential never gives more than its owner has. */
function* findCredentials(
  search: AuthZenSubjectSearch,
  state: State,
  { at, after, limit }: SearchRange,
): IterableIterator<Candidate> {
  if (requestOf({ ...search, subject: { type: 'credential', id: '' } }) === undefined) return
  const start = readPosition(after)
  const types = start === undefined ? ownerTypes : ownerTypes.slice(ownerTypes.indexOf(start.type))
  for (const type of types) {
    const from = start?.type === type ? start : undefined
    if (from !== undefined) yield* ofOwner(from.type, from.id, from.credential, state)
    for (const id of findPrincipals(type, search, state, { at, after: from?.id, limit }))
      yield* ofOwner(type, id, undefined, state)
  }
}

function* ofOwner(
  type: PrincipalType,
  owner: string,
  after: string | undefined,
  { index }: State,
): IterableIterator<Candidate> {
  for (const { id } of relatedAfter(index[credentialsOf[type]], owner, after))
    yield { id, position: JSON.stringify([type, owner, id]) }
}

/** The position of a credential: its owner, and its id. */
interface CredentialPosition {
  readonly type: PrincipalType
  readonly id: string
  readonly credential: string
}

/** Reads a position that comes from the client. One that is wrong is the start. */
function readPosition(position: string | undefined): CredentialPosition | undefined {
  if (position === undefined) return undefined
  try {
    const fields: unknown = JSON.parse(position)
    if (!Array.isArray(fields)) return undefined
    const [owner, id, credential] = fields as readonly unknown[]
    const type = ownerTypes.find((one) => one === owner)
    const isPosition = type !== undefined && typeof id === 'string' && typeof credential === 'string'
    return isPosition ? { type, id, credential } : undefined
  } catch {
    return undefined
  }
}
