import fc from 'fast-check'
import { apply } from '../../../../src/change/apply.ts'
import type { Command } from '../../../../src/change/message/command.ts'
import { dropRow, putRow } from '../../../../src/model/state/put-row.ts'
import { emptyState, type Kind, kinds, type Rows, type State } from '../../../../src/model/state/state.ts'
import { countRelated } from '../../../../src/model/table/relation.ts'
import { hasRow } from '../../../../src/model/table/table.ts'
import { arbitraryNames } from '../../../../src/testing/arbitrary/name.ts'
import { arbitraryStateOf, rowsIn } from '../../../../src/testing/arbitrary/state.ts'
import { arbitraryCommand, arbitraryCommands, arbitraryEvaluationTime } from '../../../../src/testing/index.ts'

/** Two states and an instant at which a decision in one of them may change. */
export interface Pair {
  readonly before: State
  readonly after: State
  readonly at: number
}

/** Returns the state after commands. Ignores rejected commands. */
export function stateAfter(commands: readonly Command[], state: State): State {
  return commands.reduce((soFar, command) => {
    const applied = apply(command, soFar)
    return applied.ok ? applied.state : soFar
  }, state)
}

function atSomeInstant(before: State, now: State): fc.Arbitrary<Pair> {
  return fc
    .oneof(arbitraryEvaluationTime(before), arbitraryEvaluationTime(now))
    .map((at) => ({ before, after: now, at }))
}

/** Generates a state built by commands, and the state after one to six more commands. */
export const arbitraryStep: fc.Arbitrary<Pair> = fc
  .tuple(arbitraryCommands, fc.array(arbitraryCommand, { minLength: 1, maxLength: 6 }))
  .chain(([founding, commands]) => {
    const before = stateAfter(founding, emptyState)
    return atSomeInstant(before, stateAfter(commands, before))
  })

const twoStates = arbitraryNames.chain((names) => fc.tuple(arbitraryStateOf(names), arbitraryStateOf(names)))

/** Generates two independent states that use the same names. */
export const arbitraryStrangers: fc.Arbitrary<Pair> = twoStates.chain(([before, now]) => atSomeInstant(before, now))

interface Graft {
  readonly kind: Kind
  readonly row: number
  readonly field: number
  readonly how: 'gone' | 'whole' | 'field'
}

const arbitraryGrafts: fc.Arbitrary<Graft[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(...kinds),
    row: fc.nat({ max: 9 }),
    field: fc.nat({ max: 19 }),
    how: fc.constantFrom('gone', 'whole', 'field', 'field'),
  }),
  { minLength: 1, maxLength: 3 },
)

/**
 * Generates two states that differ in up to three rows. Each of these rows is removed, or replaced in whole or in one
 * field by the row of a third state.
 */
export const arbitraryGraft: fc.Arbitrary<Pair> = fc
  .tuple(twoStates, arbitraryGrafts, fc.boolean())
  .chain(([[before, other], grafts, isTurned]) => {
    const now = grafts.reduce((state, one) => graft(state, other, one.kind, one), before)
    return isTurned ? atSomeInstant(now, before) : atSomeInstant(before, now)
  })

function graft<K extends Kind>(state: State, other: State, kind: K, { row: i, field, how }: Graft): State {
  const rows: readonly Rows[K][] = rowsIn(other, kind)
  const row = rows[i % Math.max(rows.length, 1)]
  if (row === undefined) return state
  // A missing successor corrupts the state; any other dangling reference only denies.
  const successor = 'lifecycle' in row && 'successor' in row.lifecycle ? row.lifecycle.successor : undefined
  if (successor !== undefined && !hasRow(state.modelAliases, successor)) return state
  if (how === 'whole') return putRow(state, kind, row)
  const old = rowsIn(state, kind).find(({ id }) => id === row.id)
  if (old === undefined) return state
  if (how === 'gone') {
    const isHeld = kind === 'modelAliases' && countRelated(state.index.aliasPredecessors, row.id) > 0
    return isHeld ? state : dropRow(state, kind, row.id)
  }
  const fields = Object.keys(row).filter((key) => key !== 'id' && key !== 'digest')
  const key = fields[field % fields.length] ?? 'id'
  return putRow(state, kind, { ...old, [key]: Reflect.get(row, key) })
}

type Payment = 'teamMetered' | 'teamStatus' | 'userMetered' | 'defaultTeam' | 'membership'

/**
 * Generates two states that differ only in who pays for the calls of one user: in a team's or the user's metering, the
 * status of a team, the default team or a membership. The user is in several teams that have the same groups.
 */
export const arbitraryPayment: fc.Arbitrary<Pair> = fc
  .tuple(
    arbitraryNames.chain(arbitraryStateOf),
    fc.nat({ max: 9 }),
    fc.array(fc.nat({ max: 9 }), { minLength: 2, maxLength: 4 }),
    fc.constantFrom<Payment>('teamMetered', 'teamStatus', 'userMetered', 'defaultTeam', 'membership'),
    fc.boolean(),
  )
  .chain(([state, userIndex, places, payment, isTurned]) => {
    const before = alikeTeams(state, userIndex, places)
    const now = repay(before, userIndex, payment)
    return isTurned ? atSomeInstant(now, before) : atSomeInstant(before, now)
  })

/** Makes a user a member of some teams, the first one its default team, with the groups of the first one in each. */
function alikeTeams(state: State, userIndex: number, places: readonly number[]): State {
  const users = rowsIn(state, 'users')
  const all = rowsIn(state, 'teams')
  const user = users[userIndex % Math.max(users.length, 1)]
  const chosen = [...new Set(places.map((place) => all[place % Math.max(all.length, 1)]))].flatMap((team) => team ?? [])
  const [first] = chosen
  if (user === undefined || first === undefined) return state
  const teams = chosen.map(({ id }) => ({ team: id, role: 'member' as const, accessGroups: [] }))
  const isDefault = userIndex % 2 === 0
  const { defaultTeam: _, ...rest } = user
  const member = { ...rest, teams, ...(isDefault ? { defaultTeam: first.id } : {}) }
  const { accessGroups, metered } = first
  return chosen.reduce(
    (soFar, team) => putRow(soFar, 'teams', { ...team, accessGroups, metered }),
    putRow(state, 'users', member),
  )
}

function repay(state: State, userIndex: number, payment: Payment): State {
  const users = rowsIn(state, 'users')
  const user = users[userIndex % Math.max(users.length, 1)]
  const team = rowsIn(state, 'teams').find(({ id }) => id === user?.teams[0]?.team)
  if (user === undefined || team === undefined) return state
  switch (payment) {
    case 'teamMetered':
      return putRow(state, 'teams', { ...team, metered: !team.metered })
    case 'teamStatus': {
      const { suspendedBy: _, ...rest } = team
      const isActive = team.status === 'active'
      return putRow(
        state,
        'teams',
        isActive ? { ...rest, status: 'suspended', suspendedBy: 'platform' } : { ...rest, status: 'active' },
      )
    }
    case 'userMetered':
      return putRow(state, 'users', { ...user, metered: !user.metered })
    case 'defaultTeam': {
      const { defaultTeam, ...rest } = user
      return putRow(state, 'users', defaultTeam === undefined ? { ...rest, defaultTeam: team.id } : rest)
    }
    case 'membership': {
      const { defaultTeam, ...rest } = user
      const kept = defaultTeam === undefined || defaultTeam === team.id ? {} : { defaultTeam }
      return putRow(state, 'users', { ...rest, ...kept, teams: user.teams.slice(1) })
    }
  }
}

export const arbitraryPair = fc.oneof(arbitraryStep, arbitraryGraft, arbitraryStrangers)
