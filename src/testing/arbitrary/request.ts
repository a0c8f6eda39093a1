import fc from 'fast-check'
import type { Credential } from '../../model/noun/credential.ts'
import { kinds, type State } from '../../model/state/state.ts'
import { findRow, idsOf } from '../../model/table/table.ts'
import { isInstant } from '../../model/value/instant.ts'
import type { Principal } from '../../model/value/principal.ts'
import type { ManageRequest, Request, Thing, UseRequest, Who } from '../../policy/request/request.ts'
import { instantsOf } from '../instant.ts'
import { arbitraryId } from './name.ts'
import { digestOf, maybe, record } from './row.ts'
import { inOtherCase } from './selector.ts'
import { arbitraryState, rowsIn } from './state.ts'
import { origin } from './window.ts'

/** Generates the `who` of a request. In 27 of 28 cases it identifies a principal or credential of the state. */
export function arbitraryWho(state: State): fc.Arbitrary<Who> {
  const users = rowsIn(state, 'users').map(({ id }): Who => ({ type: 'user', id }))
  const others = [
    ...rowsIn(state, 'teams').map(({ id }): Who => ({ type: 'team', id })),
    ...rowsIn(state, 'virtualAccounts').map(({ id }): Who => ({ type: 'virtualAccount', id })),
  ]
  const credentials = rowsIn(state, 'credentials').flatMap((row): Who[] => [
    { type: 'credential', id: row.id },
    ...[row.digest, ...digestsOf(row)].map((known): Who => ({ type: 'credentialDigest', digest: known })),
  ])
  const ghost = fc.oneof(
    record<Who>({ type: fc.constantFrom('user', 'team', 'virtualAccount', 'credential'), id: arbitraryId } as never),
    fc.constant<Who>({ type: 'credentialDigest', digest: digestOf(999) }),
  )
  const some = (list: readonly Who[]) => (list.length === 0 ? ghost : fc.constantFrom(...list))
  return fc.oneof(
    { weight: 12, arbitrary: some(users) },
    { weight: 5, arbitrary: some(others) },
    { weight: 10, arbitrary: some(credentials) },
    { weight: 1, arbitrary: ghost },
  )
}

/** Returns the principal that a `who` identifies, or `undefined` if no such principal exists. */
export function ownerOf(who: Who, state: State): Principal | undefined {
  if (who.type === 'credential') return findRow(state.credentials, who.id)?.owner
  if (who.type !== 'credentialDigest') return who
  return rowsIn(state, 'credentials').find((row) => digestsOf(row).includes(who.digest))?.owner
}

function digestsOf({ digest, previous }: Credential): string[] {
  return [digest, ...previous.map((old) => old.digest)]
}

/** Generates an evaluation time: a window bound or expiry in the state, or 1 ms before or after one. */
export function arbitraryEvaluationTime(state: State): fc.Arbitrary<number> {
  const boundaries = instantsOf(state).flatMap((instant) => [instant - 1, instant, instant + 1])
  return fc.constantFrom(...new Set([origin + 1500, origin + 2500, ...boundaries.filter(isInstant)]))
}

/** Generates a use request. Most requests name things that exist in the state. */
export function arbitraryUseRequest(state: State): fc.Arbitrary<UseRequest> {
  return arbitraryWho(state).chain((who) => {
    const fields = record({
      type: fc.constant('use' as const),
      who: fc.constant(who),
      model: arbitraryModelName(state),
      at: arbitraryEvaluationTime(state),
    })
    return fc
      .tuple(fields, arbitraryTeamName(who, state), maybe(arbitraryCredits, 4), arbitraryOperation)
      .map(([request, team, credits, operation]) => ({
        ...request,
        ...(team === undefined ? {} : { team }),
        ...(credits === undefined ? {} : { credits }),
        ...(operation === undefined ? {} : { operation }),
      }))
  })
}

function arbitraryModelName(state: State): fc.Arbitrary<string> {
  const aliases = rowsIn(state, 'modelAliases').map(({ id }) => id)
  const accounts = rowsIn(state, 'providerAccounts')
  const models = new Set(accounts.flatMap((account) => [...idsOf(account.models)]))
  const concrete = accounts.flatMap(({ id }) =>
    [...models, 'unlisted'].flatMap((model) => [model, inOtherCase(model)].map((name) => `${id}/${name}`)),
  )
  return fc.oneof(
    { weight: 14, arbitrary: aliases.length === 0 ? arbitraryId : fc.constantFrom(...aliases) },
    { weight: 3, arbitrary: concrete.length === 0 ? arbitraryId : fc.constantFrom(...concrete) },
    { weight: 1, arbitrary: arbitraryId },
  )
}

function arbitraryTeamName(who: Who, state: State): fc.Arbitrary<string | undefined> {
  const owner = ownerOf(who, state)
  const own = owner?.type === 'user' ? (findRow(state.users, owner.id)?.teams ?? []).map(({ team }) => team) : []
  const teams = rowsIn(state, 'teams').map(({ id }) => id)
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant(undefined) },
    {
      weight: 7,
      arbitrary:
        own.length === 0 ? fc.constant(owner?.type === 'team' ? owner.id : undefined) : fc.constantFrom(...own),
    },
    { weight: 2, arbitrary: teams.length === 0 ? arbitraryId : fc.constantFrom(...teams) },
    { weight: 1, arbitrary: arbitraryId },
  )
}

const arbitraryOperation = maybe(fc.constantFrom('chat', 'embeddings', 'audio' as const), 5)

const cost = fc.constantFrom('0', '0.000000001', '1', '1000.5', 0n, 1n, 1_000_000_000n)

const amount = fc.oneof({ weight: 3, arbitrary: cost }, { weight: 1, arbitrary: fc.constantFrom(-1n, '-1', '-0.5') })

const arbitraryCredits = fc.oneof(record({ available: amount }), record({ available: amount, estimate: cost }))

/** Generates a manage request. About half of the requests are for a thing related to the caller. */
export function arbitraryManageRequest(state: State): fc.Arbitrary<ManageRequest> {
  return arbitraryWho(state).chain((who) =>
    record({
      type: fc.constant('manage' as const),
      who: fc.constant(who),
      thing: fc.oneof(
        fc.constantFrom(...everyThing(state)),
        fc.constantFrom(...thingsNear(ownerOf(who, state), state)),
      ),
      at: arbitraryEvaluationTime(state),
    }),
  )
}

function things(type: Exclude<Thing['type'], 'platform'>, ids: readonly string[]): Thing[] {
  return ids.map((id): Thing => ({ type, id }))
}

const idsIn = (rows: readonly { readonly id: string }[]): string[] => ['ghost', ...rows.map(({ id }) => id)]

function everyThing(state: State): Thing[] {
  return [
    { type: 'platform' },
    ...things('organization', idsIn(rowsIn(state, 'organizations'))),
    ...things('team', idsIn(rowsIn(state, 'teams'))),
    ...things('teamMembers', idsIn(rowsIn(state, 'teams'))),
    ...things('virtualAccount', idsIn(rowsIn(state, 'virtualAccounts'))),
    ...things('providerAccount', idsIn(rowsIn(state, 'providerAccounts'))),
    ...things('userTokens', idsIn(rowsIn(state, 'users'))),
  ]
}

/**
 * Returns the things that a principal may be able to manage. Things of a principal of another type with the same id are
 * also included.
 */
function thingsNear(principal: Principal | undefined, state: State): Thing[] {
  if (principal === undefined) return [{ type: 'platform' }]
  const { type, id } = principal
  const teams = (findRow(state.users, id)?.teams ?? []).map(({ team }) => team)
  const holders = [
    ...rowsIn(state, type === 'user' ? 'users' : type === 'team' ? 'teams' : 'virtualAccounts').filter(
      (row) => row.id === id,
    ),
    ...rowsIn(state, 'teams').filter((row) => teams.includes(row.id)),
  ]
  const governed = rowsIn(state, 'organizations')
    .filter(({ admins }) => admins.some((admin) => admin.type === type && admin.id === id))
    .map((row) => row.id)
  const isGoverned = ({ organization }: { readonly organization: string }) => governed.includes(organization)
  return [
    ...things('userTokens', [id]),
    ...things('teamMembers', teams),
    ...things(
      'providerAccount',
      holders.flatMap((row) => row.roleGrants).map((grant) => grant.providerAccount),
    ),
    ...things('organization', governed),
    ...things(
      'team',
      rowsIn(state, 'teams')
        .filter(isGoverned)
        .map((row) => row.id),
    ),
    ...things(
      'virtualAccount',
      rowsIn(state, 'virtualAccounts')
        .filter(isGoverned)
        .map((row) => row.id),
    ),
  ]
}

/** Generates a request: in 4 of 5 cases a use request, otherwise a manage request. */
export function arbitraryRequest(state: State): fc.Arbitrary<Request> {
  return fc.oneof(
    { weight: 4, arbitrary: arbitraryUseRequest(state) },
    { weight: 1, arbitrary: arbitraryManageRequest(state) },
  )
}

/** A state with requests to decide on it. */
export interface Session<R extends Request = Request> {
  readonly state: State
  readonly requests: readonly R[]
}

/**
 * Generates a state with 1 to `most` requests. One state serves several requests, because generating a state is slower
 * than generating a request.
 */
export function arbitrarySession<R extends Request>(
  requestOf: (state: State) => fc.Arbitrary<R>,
  most = 10,
): fc.Arbitrary<Session<R>> {
  return arbitraryState.chain((state) =>
    fc
      .array(requestOf(state), { minLength: 1, maxLength: most, size: 'max' })
      .map((requests) => readable({ state, requests })),
  )
}

/** Changes how fast-check prints a failing session: as requests and rows, without the index of the state. */
function readable<R extends Request>(session: Session<R>): Session<R> {
  const show = (): string => {
    const { version, administrators } = session.state
    const rows = kinds.map((kind) => `${kind}: ${fc.stringify(rowsIn(session.state, kind))}`)
    return [`requests: ${fc.stringify(session.requests)}`, ...rows, fc.stringify({ version, administrators })].join(
      '\n',
    )
  }
  return Object.defineProperty(session, fc.toStringMethod, { value: show, enumerable: false })
}
