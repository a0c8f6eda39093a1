import fc from 'fast-check'
import { expect, test } from 'vitest'
import { membersOf } from '../../../../src/model/noun/access-group.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { findRow, getRow } from '../../../../src/model/table/table.ts'
import type { Principal } from '../../../../src/model/value/principal.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import type { Route } from '../../../../src/policy/decision/decision.ts'
import { listModels } from '../../../../src/query/list-models.ts'
import { isAmongModels } from '../../../../src/query/open-class.ts'
import type { Usable } from '../../../../src/query/who/access-target.ts'
import { type PrincipalAccess, whoCanUse } from '../../../../src/query/who/who-can-use.ts'
import { rowsIn } from '../../../../src/testing/arbitrary/state.ts'
import { instantsOf } from '../../../../src/testing/index.ts'
import { runs } from '../../runs.ts'
import { givesAccess, isUnlisted, knownNames, otherNames } from '../access.ts'
import { arbitraryStateAt, everyPrincipal } from '../state-at.ts'
import { entryOf, everyThing, givenTo, isGiven, listed, whoIn } from './who-can-use-world.ts'

/** Returns the expected entry, computed from the decision. Has no `teams` and no `until`. */
function saidOf(
  who: Principal,
  model: string,
  state: State,
  at: number,
  named?: string,
  over?: readonly Route[],
): unknown {
  const decision = authorize({ type: 'use', who, model, at, ...(named === undefined ? {} : { team: named }) }, state)
  if (decision.effect === 'allow') {
    const { routes, payer, reach, notices, team } = decision
    return { principal: who, model, routes: over ?? routes, payer, reach, notices, team }
  }
  const [remedy] = decision.remedies
  const teams = remedy?.type === 'name_team' ? remedy.teams : []
  return { principal: who, model, payer: { type: 'ambiguous', teams } }
}

const saysOf = (entry: PrincipalAccess): unknown =>
  entry.payer.type === 'ambiguous'
    ? { principal: entry.principal, model: entry.model, payer: entry.payer }
    : {
        ...entry,
        team: entry.team,
        teams: undefined,
        until: undefined,
        mustNameTeam: undefined,
        openAccount: undefined,
      }

/** Returns the teams on whose behalf a user can also use the target, according to `authorize`. */
function teamsFor({ type, id }: Principal, model: string, what: Usable, state: State, at: number): unknown {
  const user = type === 'user' ? findRow(state.users, id) : undefined
  return user?.teams
    .map(({ team }) => team)
    .filter((team) => isGiven(givenTo({ type, id }, model, state, at, team), what))
    .sort()
}

/** Returns the first model name with which a user can use the target on behalf of a team. */
function firstByTeam({ type, id }: Principal, names: readonly string[], what: Usable, state: State, at: number) {
  const teams = (type === 'user' ? findRow(state.users, id)?.teams : undefined) ?? []
  return names.find((name) => teams.some(({ team }) => isGiven(givenTo({ type, id }, name, state, at, team), what)))
}

/** Whether an open account covers the name of an unlisted model. */
function covers(open: NonNullable<PrincipalAccess['openAccount']>, name: string): boolean {
  return name.slice(0, name.indexOf('/')) === open.providerAccount && isAmongModels(open, name)
}

/** The names of the concrete models that groups name. */
function namesInGroups(state: State): string[] {
  return rowsIn(state, 'accessGroups').flatMap((group) =>
    membersOf(group).flatMap((member) =>
      member.type === 'model' ? [`${member.providerAccount}/${member.model}`] : [],
    ),
  )
}

/** The teams that a user must name to have a model, because its default team is suspended; `undefined` if there are none. */
function namedTeamsFor({ type, id }: Principal, model: string, state: State, at: number): string[] | undefined {
  const places = type === 'user' ? getRow(state.users, id).teams : []
  const teams = places.map(({ team }) => team).sort()
  const giving = teams.filter((team) =>
    givesAccess(authorize({ type: 'use', who: { type, id }, model, team, at }, state)),
  )
  return giving.length === 0 ? undefined : giving
}

test('a principal is listed for a name if and only if its own request is allowed or denied for money alone', () => {
  let met = 0
  let ambiguous = 0
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      for (const model of new Set([...knownNames(state), ...otherNames(state)])) {
        const entries = whoIn(model, state, at)
        const principals = everyPrincipal(state)
        const given = principals.filter((who) => givesAccess(authorize({ type: 'use', who, model, at }, state)))
        for (const who of principals.filter((one) => !given.includes(one))) {
          const teams = namedTeamsFor(who, model, state, at)
          const entry = entryOf(entries, who)
          expect([who, entry?.mustNameTeam, entry?.teams]).toEqual([who, teams && true, teams])
        }
        for (const who of given) {
          const entry = entryOf(entries, who)
          if (entry === undefined) return expect.fail(`${who.type} ${who.id} is missing for ${model}`)
          expect(saysOf(entry)).toEqual(saidOf(who, model, state, at))
          expect(entry.teams).toEqual(teamsFor(who, model, model, state, at))
          met += 1
          if (entry.payer.type === 'ambiguous') ambiguous += 1
        }
      }
    }),
    runs(200),
  )
  expect(met).toBeGreaterThan(500)
  expect(ambiguous).toBeGreaterThan(5)
})

test('a name is unknown to whoCanUse if and only if authorize denies it as model_unknown', () => {
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      const [who] = everyPrincipal(state).filter((one) => !isRefused(one, state, at))
      if (who === undefined) return
      for (const model of [...knownNames(state), ...otherNames(state)]) {
        const decision = authorize({ type: 'use', who, model, at }, state)
        const isUnknown = decision.effect === 'deny' && decision.reason === 'model_unknown'
        const found = whoCanUse({ type: 'model', name: model }, state, { at })
        expect(found.ok ? found.version : found.fault.code).toBe(isUnknown ? 'model_unknown' : state.version)
      }
    }),
    runs(100),
  )
})

/** Whether every request of a principal is denied. */
function isRefused(who: Principal, state: State, at: number): boolean {
  const decision = authorize({ type: 'use', who, model: 'no such model', at }, state)
  return decision.effect === 'deny' && decision.reason !== 'model_unknown'
}

test('a principal is listed for an account or a group if and only if some name gives it a route on the account or a path through the group', () => {
  const met = { providerAccount: 0, accessGroup: 0, unlisted: 0, byTeam: 0 }
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      const known = [...new Set([...knownNames(state), ...namesInGroups(state)])].sort()
      const unlisted = otherNames(state).filter((name) => isUnlisted(name, state))
      for (const what of everyThing(state)) {
        const entries = whoIn(what, state, at)
        for (const who of everyPrincipal(state)) {
          const gives = (name: string): boolean => isGiven(givenTo(who, name, state, at), what)
          const witness = known.find(gives)
          const entry = entryOf(entries, who)
          const hasOwn = (witness ?? unlisted.find(gives)) !== undefined
          const byTeam = hasOwn ? undefined : firstByTeam(who, [...known, ...unlisted], what, state, at)
          expect([what, who, entry !== undefined]).toEqual([what, who, hasOwn || byTeam !== undefined])
          if (entry === undefined) continue
          expect(entry.mustNameTeam).toBe(byTeam === undefined ? undefined : true)
          const named = byTeam === undefined ? undefined : entry.team
          if (byTeam === undefined) met[what.type === 'providerAccount' ? what.type : 'accessGroup'] += 1
          else met.byTeam += 1
          const { model, openAccount } = entry
          if (openAccount !== undefined) {
            expect([witness, model, entry.routes]).toEqual([undefined, undefined, []])
            for (const name of unlisted.filter((one) => covers(openAccount, one))) {
              expect(saysOf({ ...entry, model: name })).toEqual(saidOf(who, name, state, at, named, []))
              expect(entry.teams).toEqual(teamsFor(who, name, what, state, at))
              met.unlisted += 1
            }
            continue
          }
          if (model === undefined) return expect.fail(`${who.type} ${who.id} has no name`)
          expect(entry.teams).toEqual(teamsFor(who, model, what, state, at))
          if (byTeam !== undefined) {
            if (!isUnlisted(byTeam, state)) expect(model).toBe(byTeam)
            expect(entry.teams).toContain(entry.team)
          } else if (witness === undefined) expect([isUnlisted(model, state), gives(model)]).toEqual([true, true])
          else expect(model).toBe(witness)
          expect(saysOf(entry)).toEqual(saidOf(who, model, state, at, named))
        }
        expect(new Set(entries.map(({ principal }) => JSON.stringify(principal))).size).toBe(entries.length)
      }
    }),
    runs(300),
  )
  expect(met.providerAccount).toBeGreaterThan(300)
  expect(met.accessGroup).toBeGreaterThan(300)
  expect(met.unlisted).toBeGreaterThan(3)
  expect(met.byTeam).toBeGreaterThan(3)
})

test('a principal is listed for a name if and only if listModels lists the name for it', () => {
  let met = 0
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      const lists = everyPrincipal(state).map((who) => ({ who, list: listModels(who, state, { at }) }))
      for (const name of knownNames(state)) {
        const entries = whoIn(name, state, at)
        for (const { who, list } of lists) {
          const line = list.ok ? list.models.find((one) => one.name === name) : undefined
          const entry = [entryOf(entries, who)].find((one) => one?.mustNameTeam !== true)
          expect([who, name, entry?.routes, entry?.reach]).toEqual([who, name, line?.routes, line?.reach])
          if (entry !== undefined) met += 1
        }
      }
    }),
    runs(150),
  )
  expect(met).toBeGreaterThan(300)
})

test('an entry is the same at every instant before its until', () => {
  let ending = 0
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      const instants = instantsOf(state).flatMap((instant) => [instant - 1, instant])
      for (const what of [...knownNames(state), ...everyThing(state)]) {
        const entries = whoIn(what, state, at)
        const ends = entries.map(({ until }) => until ?? Number.POSITIVE_INFINITY)
        for (const later of new Set(instants.filter((one) => one > at && ends.some((end) => one < end)))) {
          const then = whoIn(what, state, later)
          for (const entry of entries) {
            if (later < (entry.until ?? Number.POSITIVE_INFINITY)) {
              expect(entryOf(then, entry.principal)).toEqual(entry)
            }
          }
        }
        ending += ends.filter((end) => end < Number.POSITIVE_INFINITY).length
      }
    }),
    runs(100),
  )
  expect(ending).toBeGreaterThan(100)
})

test('for a name, until is no later than the decision’s, and equal for teams and virtual accounts', () => {
  let ending = 0
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      for (const model of knownNames(state)) {
        for (const { principal, until, payer } of whoIn(model, state, at)) {
          if (payer.type === 'ambiguous') continue
          const decision = authorize({ type: 'use', who: principal, model, at }, state)
          const end = decision.effect === 'allow' ? decision.until : undefined
          if (principal.type !== 'user') expect(until).toBe(end)
          else if (end !== undefined) expect(until).toBeLessThanOrEqual(end)
          if (until !== undefined) ending += 1
        }
      }
    }),
    runs(100),
  )
  expect(ending).toBeGreaterThan(50)
})

test('entries are JSON, and a second iteration gives the same entries', () => {
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      for (const what of [...knownNames(state), ...everyThing(state)]) {
        const found = whoCanUse(what, state, { at })
        const entries = listed(found)
        expect(JSON.parse(JSON.stringify(entries))).toEqual(entries)
        expect(listed(found)).toEqual(entries)
      }
    }),
    runs(60),
  )
})
