import { apply } from '../../../src/change/apply.ts'
import { applyAs } from '../../../src/change/apply-as.ts'
import { decide, thingOf } from '../../../src/change/decide.ts'
import type { Command } from '../../../src/change/message/command.ts'
import { replay } from '../../../src/change/replay.ts'
import { toSnapshot } from '../../../src/model/snapshot/to-snapshot.ts'
import { checkState } from '../../../src/model/state/check-state.ts'
import type { State } from '../../../src/model/state/state.ts'
import { findRow } from '../../../src/model/table/table.ts'
import type { Actor } from '../../../src/model/value/principal.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import type { Who } from '../../../src/policy/request/request.ts'
import { rowsIn } from '../../../src/testing/arbitrary/state.ts'
import type { Random } from '../../bench/random.ts'
import { ids } from './command.ts'
import { type Act, isOf, isOrgAdmin, isWhole, organizationOfTeam } from './judge.ts'

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? `${one}n` : one))

/** The content of a state, without its version. */
function contentOf(state: State): string {
  const { version: _, ...content } = toSnapshot(state)
  return textOf(content)
}

/** The law of events: they change the state, they lead to it again, and the state is whole. */
export function* eventViolations({ before, after, events }: Act): IterableIterator<string> {
  if (contentOf(before) === contentOf(after)) yield 'honesty: events without a change'
  if (textOf(toSnapshot(replay(events, before))) !== textOf(toSnapshot(after))) yield 'honesty: a replay differs'
  for (const { invariant, message } of checkState(after)) yield `honesty: ${invariant}: ${message}`
}

/** The ids that an actor may know: those of its command, its own organizations and teams, and what every caller may name. */
function known(actor: Actor, command: Command, state: State): (id: string) => boolean {
  const said = textOf(command)
  const own = new Set<string>()
  if (actor.type !== 'system') own.add(actor.id)
  for (const { team } of actor.type === 'user' ? (findRow(state.users, actor.id)?.teams ?? []) : []) own.add(team)
  for (const row of [...rowsIn(state, 'teams'), ...rowsIn(state, 'virtualAccounts')]) {
    if (isOrgAdmin(actor, row.organization, state)) own.add(row.id)
  }
  for (const { id } of rowsIn(state, 'organizations')) if (isOrgAdmin(actor, id, state)) own.add(id)
  for (const { id, owner } of rowsIn(state, 'credentials')) {
    const isOwn = owner.type === 'user' ? owner.id === (actor.type === 'user' ? actor.id : '') : own.has(owner.id)
    if (isOwn) own.add(id)
  }
  return (id) => said.includes(`"${id}"`) || own.has(id)
}

/** The law of refusals: a rejection names no user, team, account, organization or credential that the actor does not know. */
export function* leakViolations(command: Command, state: State): IterableIterator<string> {
  const decided = decide(command, state)
  if (decided.ok) return
  const said = textOf(decided.rejection)
  const isKnown = known(command.actor, command, state)
  for (const kind of ['organizations', 'users', 'teams', 'virtualAccounts', 'credentials'] as const) {
    for (const id of ids[kind])
      if (said.includes(id) && !isKnown(id)) yield `leak: ${decided.rejection.code} names ${id}`
  }
  yield* oracleViolations(command, state)
}

const foreign = { user: 'users', team: 'teams', virtualAccount: 'virtualAccounts', credential: 'credentials' } as const

/** The law of unknown ids: a rejection has the same code for an id that the actor does not know as for one that does not exist. */
function* oracleViolations(command: Command, state: State): IterableIterator<string> {
  if (isOf(command, 'GrantRole', 'CreateTeam', 'CreateVirtualAccount')) return
  const isKnown = known(
    command.actor,
    { ...command, user: '', team: '', virtualAccount: '', credential: '', owner: '', principal: '' } as never,
    state,
  )
  for (const [field, kind] of Object.entries(foreign)) {
    if (field === 'credential' && command.type === 'IssueCredential') continue
    const id: unknown = Reflect.get(command, field)
    if (typeof id !== 'string' || isKnown(id) || isMemberKnown(field, id, command.actor, state)) continue
    const exists = findRow<unknown>(state[kind], id) !== undefined
    const other = { ...command, [field]: exists ? 'ghost' : undefined }
    if (!exists) continue
    const [was, is] = [decide(command, state), decide(other as never, state)]
    const code = (decided: ReturnType<typeof decide>): string =>
      decided.ok ? (decided.events.length === 0 ? 'unchanged' : 'accepted') : decided.rejection.code
    if (code(was) !== code(is))
      yield `oracle: ${command.type} with ${field} ${id}: ${code(was)}, with an unknown one: ${code(is)}`
  }
}

/** Whether the actor knows a user, in a team that it manages or is in, or a team, to which it is invited. */
function isMemberKnown(field: string, id: string, actor: Actor, state: State): boolean {
  if (actor.type === 'system') return false
  const isInvited = findRow(state.teams, id)?.invitations.some(({ user }) => actor.type === 'user' && user === actor.id)
  if (field !== 'user') return field === 'team' && isInvited === true
  const own = actor.type === 'user' ? (findRow(state.users, actor.id)?.teams ?? []).map(({ team }) => team) : []
  return (findRow(state.users, id)?.teams ?? []).some(
    ({ team }) => own.includes(team) || isOrgAdmin(actor, organizationOfTeam(team, state), state),
  )
}

/** The law of `applyAs`: a caller by its credential gets what its owner gets with the team of the credential, or a denial. */
export function* callerViolations(random: Random, command: Command, state: State): IterableIterator<string> {
  const { actor, at, ...body } = command
  if (actor.type === 'system') return
  const keys = rowsIn(state, 'credentials').filter(({ owner, team }) => {
    return (
      owner.type === actor.type && owner.id === actor.id && team === (actor.type === 'user' ? actor.team : undefined)
    )
  })
  if (keys.length === 0) return
  const key = random.pick(keys)
  const who: Who = random.chance(0.5)
    ? { type: 'credential', id: key.id }
    : { type: 'credentialDigest', digest: key.digest }
  const [asCaller, asHost] = [applyAs(who, at, body, state), apply(command, state)]
  const isWorking = key.revokedAt === undefined && key.suspendedBy === undefined && (key.expiresAt ?? at + 1) > at
  const isUnnarrowed = isWhole(key, at, state)
  if (asCaller.ok && !(isWorking && isUnnarrowed))
    yield `caller: a command by ${key.id}, which is narrowed or does not work`
  if (asCaller.ok && !asHost.ok) yield `caller: ${key.id} does more than its owner`
  if (asCaller.ok && asHost.ok && textOf(asCaller.events) !== textOf(asHost.events))
    yield `caller: ${key.id} makes other events`
  if (asCaller.ok || !isWorking || !isUnnarrowed || !asHost.ok || asCaller.rejection?.code === 'window_exceeded') return
  yield `caller: ${key.id} is refused ${textOf(asCaller.denial?.reason ?? asCaller.rejection?.code)}, its owner is not`
}

const polluting: readonly (readonly [string, unknown])[] = [
  'type',
  'id',
  'actor',
  'at',
  'team',
  'user',
  'role',
  'cascade',
  'metered',
  'anyModel',
  'scope',
  'operations',
  'owner',
  'digest',
  'expiresAt',
  'startsAt',
  'suspendedBy',
  'revokedAt',
  'plan',
  'credits',
  'accessGroups',
  'defaultTeam',
  'members',
  'status',
  'organization',
  'successor',
  'until',
  'operation',
  'grantedBy',
  'name',
  'note',
  'description',
  'overlapUntil',
  'entitlement',
  'window',
].flatMap((field): (readonly [string, unknown])[] =>
  [true, 'team-a1', 'platform', 1_700_000_009_000, { type: 'all' }, { type: 'system' }, []].map(
    (value) => [field, value] as const,
  ),
)

/** Whether an answer in JSON is an allow, or the events of an accepted command. */
const isYes = (answer: string | undefined): boolean =>
  answer !== undefined && /^\[(\["effect","allow"|\["0",|\])/.test(answer)

/** The law of own properties: a polluted `Object.prototype` turns no refusal into a yes. */
export function* pollutionViolations(
  random: Random,
  command: Command,
  who: Who,
  state: State,
): IterableIterator<string> {
  const [field, value] = random.pick(polluting)
  const model = random.pick(ids.aliases)
  const { at, actor: _, ...body } = command
  const run = (): readonly string[] => {
    const applied = apply(command, state)
    const answers: readonly object[] = [
      applied.ok ? applied.events : applied.rejection,
      authorize({ type: 'use', who, model, at }, state),
      authorize({ type: 'manage', who, thing: thingOf(command, state), at }, state),
      decide(body as never, state),
    ]
    return answers.map((answer) => textOf(Object.entries(answer)))
  }
  const clean = run()
  Object.defineProperty(Object.prototype, field, {
    value,
    configurable: true,
    enumerable: random.chance(0.5),
    writable: true,
  })
  let polluted: readonly string[] = []
  try {
    polluted = run()
  } finally {
    Reflect.deleteProperty(Object.prototype, field)
  }
  for (const [i, what] of ['a command', 'a use', 'a power', 'a body'].entries()) {
    if (isYes(clean[i]) || !isYes(polluted[i])) continue
    yield `pollution of ${field}: ${what} is answered ${polluted[i]}, without it ${clean[i]}`
  }
}
