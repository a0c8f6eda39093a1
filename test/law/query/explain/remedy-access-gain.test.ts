import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Command } from '../../../../src/change/message/command.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { findRow } from '../../../../src/model/table/table.ts'
import type { Principal } from '../../../../src/model/value/principal.ts'
import type { Thing } from '../../../../src/policy/request/request.ts'
import { eachChange } from '../../../../src/query/diff/diff-each.ts'
import { explain } from '../../../../src/query/explain/explain.ts'
import { accessGainOf } from '../../../../src/query/explain/remedy/access-gain.ts'
import { changeRequest } from '../../../../src/query/explain/trace/what-if.ts'
import { ownerOf } from '../../../../src/testing/arbitrary/request.ts'
import { arbitrarySession, arbitraryUseRequest } from '../../../../src/testing/index.ts'
import { applyUnguarded } from '../../command.ts'
import { runs } from '../../runs.ts'
import { aliases, memberOf, world } from '../../world.ts'
import { allChanges, type Told } from '../diff/diff-oracle.ts'
import type { Pair } from '../diff/pair.ts'

function after(commands: readonly Command[], state: State): State {
  return commands.reduce<State>((soFar, command) => {
    const applied = applyUnguarded(command, soFar)
    return applied.ok ? applied.state : soFar
  }, state)
}

/** The changes of open accounts, which have a law of their own. */
function openChanges({ before, after: next, at }: Pair): Pick<Told, 'subject' | 'model' | 'gained'>[] {
  return [...eachChange(before, next, at)].flatMap(({ subject, change }) => {
    if (change.model.type !== 'openAccount' || change.effect === 'kept' || change.ambiguous?.before) return []
    return [{ subject, model: change.model, gained: change.gained.map(({ model }) => model) }]
  })
}

describe('the extra access of a remedy', () => {
  test('counts every gain of a model by any subject, except the caller’s own access to the requested name and one it could name a team for', () => {
    let [met, opening] = [0, 0]
    fc.assert(
      fc.property(arbitrarySession(arbitraryUseRequest, 3), ({ state, requests }) => {
        for (const request of requests) {
          for (const { commands, request: change = {}, extraAccess } of explain(request, state).remedies) {
            const next = after(commands, state)
            const asked = changeRequest(request, change)
            const owner = ownerOf(request.who, state)
            const credential = 'id' in request.who ? request.who.id : findRow(state.index.digests, request.who.digest)
            const pair = { before: state, after: next, at: request.at }
            const named = allChanges(pair).filter(({ ambiguous: [before = 'null'] }) => before === 'null')
            const gains = [...named, ...openChanges(pair)].filter(({ subject, model, gained }) => {
              const isOwn =
                subject.type === 'credential'
                  ? subject.id === credential
                  : subject.type === owner?.type && subject.id === owner.id
              const isAsked = asked.type === 'use' && 'name' in model && model.name === asked.model
              return gained.length > 0 && !(isOwn && isAsked)
            })
            const isAboutPower = commands.some(({ type }) =>
              /^(Activate(User|Team|Org|Virtual)|Create(User|Team))/.test(type),
            )
            met += 1
            opening += gains.length
            if (isAboutPower) expect(extraAccess.count).toBeGreaterThanOrEqual(gains.length)
            else {
              const isLowerBound = gains.some(({ model }) => model.type === 'openAccount')
              expect(extraAccess).toEqual({ count: gains.length, isLowerBound })
            }
          }
        }
      }),
      runs(95),
    )
    expect(met).toBeGreaterThan(100)
    expect(opening).toBeGreaterThan(300)
  })

  const many = Array.from({ length: 1200 }, (_, i) => `user ${i}`)
  const crowded = world({
    users: [{ id: 'ann', ...memberOf('crowd') }, ...many.map((id) => ({ id, ...memberOf('crowd') }))],
    teams: [{ id: 'crowd' }, { id: 'other' }],
    modelAliases: [{ id: 'gpt-4' }],
    accessGroups: [{ id: 'gpt', ...aliases('gpt-4') }],
  })
  const remedies = (request: Parameters<typeof explain>[0]) => explain(request, crowded).remedies

  test('sorts exact counts before the sampled count of a large team', () => {
    const assignments = remedies({
      type: 'use',
      who: { type: 'user', id: 'ann' },
      model: 'gpt-4',
      at: 1_700_000_000_001,
    }).flatMap(({ commands, extraAccess }) =>
      commands.map((command) => ['principal' in command && command.principal.type, extraAccess] as const),
    )
    expect(assignments).toEqual([
      ['user', { count: 0, isLowerBound: false }],
      ['member', { count: 0, isLowerBound: false }],
      ['user', { count: 1, isLowerBound: true }],
      ['team', { count: 500, isLowerBound: true }],
      ['team', { count: 500, isLowerBound: true }],
    ])
  })

  test('sorts the remedy that adds an administrator last', () => {
    const ask = (thing: Thing) =>
      remedies({ type: 'manage', who: { type: 'user', id: 'ann' }, thing, at: 1_700_000_000_001 })
    const asked: readonly Thing[] = [
      { type: 'teamMembers', id: 'other' },
      { type: 'organization', id: 'acme' },
      { type: 'providerAccount', id: 'openai' },
    ]
    for (const thing of asked) {
      const types = ask(thing).map(({ commands }) => commands[0]?.type)
      expect(types.length).toBeGreaterThan(1)
      expect(types.at(-1)).toBe('AddAdministrator')
    }
    expect(
      ask({ type: 'teamMembers', id: 'other' }).map(({ commands, extraAccess }) => [
        commands[0]?.type,
        extraAccess.count,
      ]),
    ).toEqual([
      ['AddTeamMember', 0],
      ['AddOrganizationAdmin', 2],
      ['AddAdministrator', 1000],
    ])
    expect(ask({ type: 'platform' }).map(({ extraAccess }) => extraAccess.count)).toEqual([0])
  })

  test('is zero between equal states', () => {
    const request = { type: 'use', who: { type: 'user', id: 'ann' }, model: 'gpt-4', at: 1_700_000_000_001 } as const
    expect(accessGainOf([], request, crowded, crowded)).toEqual({ count: 0, isLowerBound: false })
  })
})

test('a sampled count never exceeds the real one, and does not examine all of a thousand names', () => {
  const names = Array.from({ length: 900 }, (_, i) => `model ${i}`)
  const state = world({
    users: [{ id: 'ann' }, { id: 'bob', ...memberOf('pair') }],
    teams: [{ id: 'pair' }],
    modelAliases: [{ id: 'gpt-4' }, ...names.map((id) => ({ id }))],
    accessGroups: [
      { id: 'few', ...aliases('gpt-4', 'model 1') },
      { id: 'all', allAliases: true },
    ],
    providerAccounts: [{ id: 'openai', anyModel: false }],
  })
  const ask = (who: Principal) => explain({ type: 'use', who, model: 'gpt-4', at: 1_700_000_000_001 }, state).remedies
  const principals: readonly Principal[] = [
    { type: 'user', id: 'ann' },
    { type: 'team', id: 'pair' },
  ]
  for (const who of principals) {
    for (const { commands, extraAccess } of ask(who)) {
      const gains = allChanges({ before: state, after: after(commands, state), at: 1_700_000_000_001 }).filter(
        ({ gained }) => gained.length > 0,
      )
      const others = gains.filter(({ subject, model }) => {
        const isOwn = subject.type === who.type && subject.id === who.id
        return !(isOwn && 'name' in model && model.name === 'gpt-4')
      })
      if (extraAccess.isLowerBound) expect(extraAccess.count).toBeLessThanOrEqual(others.length)
      else expect(extraAccess.count).toBe(others.length)
    }
    expect(ask(who).map(({ extraAccess }) => extraAccess.isLowerBound)).toContain(true)
    expect(ask(who)[0]?.extraAccess.isLowerBound).toBe(false)
  }
})
