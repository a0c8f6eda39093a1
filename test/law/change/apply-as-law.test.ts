import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AppliedAs, applyAs } from '../../../src/change/apply-as.ts'
import { thingOf } from '../../../src/change/decide.ts'
import type { Command } from '../../../src/change/message/command.ts'
import { rejectionCodes } from '../../../src/change/message/rejection.ts'
import { toSnapshot } from '../../../src/model/snapshot/to-snapshot.ts'
import { emptyState, type State } from '../../../src/model/state/state.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import { isAdministrator, isKnownThing } from '../../../src/policy/manage.ts'
import type { Who } from '../../../src/policy/request/request.ts'
import { arbitraryAnything, arbitraryDamage, hostileMakers } from '../../../src/testing/arbitrary/anything.ts'
import { arbitraryCommand, arbitraryCommands } from '../../../src/testing/arbitrary/command.ts'
import { arbitraryWho, ownerOf } from '../../../src/testing/arbitrary/request.ts'
import { origin } from '../../../src/testing/arbitrary/window.ts'
import { applyUnguarded } from '../command.ts'
import { runs } from '../runs.ts'
import { bodyOf, createTeam, credential, olga, secrets, wordFor } from './caller.ts'
import { now, user } from './story.ts'

interface Given {
  readonly state: State
  readonly who: Who
  readonly at: number
  readonly command: Command
}

/** Generates a state built by commands, and a command from a caller that exists in the state. */
const arbitraryGiven: fc.Arbitrary<Given> = arbitraryCommands.chain((history) => {
  let state: State = emptyState
  for (const command of history) {
    const applied = applyUnguarded(command, state)
    if (applied.ok) state = applied.state
  }
  return fc.record({
    state: fc.constant(state),
    who: arbitraryWho(state),
    at: fc.integer({ min: 10, max: 40 }).map((n) => origin + n * 100),
    command: arbitraryCommand,
  })
})

test('every event is by the owner of the credential, at the instant of the host', () => {
  let accepted = 0
  fc.assert(
    fc.property(arbitraryGiven, ({ state, who, at, command }) => {
      const applied = applyAs(who, at, bodyOf(command), state)
      if (!applied.ok) return
      accepted += 1
      const owner = ownerOf(who, state)
      for (const event of applied.events) expect(event).toMatchObject({ actor: owner, at })
    }),
    runs(600),
  )
  expect(accepted).toBeGreaterThan(50)
})

test('a command is accepted exactly where `authorize` allows its thing and `apply` accepts it from the owner', () => {
  const seen = new Map<string, number>()
  fc.assert(
    fc.property(arbitraryGiven, ({ state, who, at, command }) => {
      const before = JSON.stringify(toSnapshot(state))
      const applied = applyAs(who, at, bodyOf(command), state)
      const owner = ownerOf(who, state)
      const asked = { ...command, actor: owner, at } as Command
      const thing = thingOf(asked, state)
      const decision = authorize({ type: 'manage', who, thing, at }, state)
      const alone = applyUnguarded(asked, state)
      seen.set(wordFor(applied), (seen.get(wordFor(applied)) ?? 0) + 1)

      expect(applied.ok).toBe(decision.effect === 'allow' && alone.ok)
      const isUnknown = owner && owner.type !== 'team' && isAdministrator(owner, state) && !isKnownThing(thing, state)
      if (decision.effect === 'allow') expect(applied).toStrictEqual(alone)
      else if (isUnknown && applied.ok === false && applied.rejection) expect(applied).toStrictEqual(alone)
      else expect(applied).toStrictEqual({ ok: false, denial: decision })
      expect(JSON.stringify(toSnapshot(state))).toBe(before)
    }),
    runs(600),
  )
  expect([...seen.keys()]).toEqual(
    expect.arrayContaining(['accepted', 'denied management_not_granted', 'denied credential_out_of_scope']),
  )
})

describe('any values', () => {
  function expectRefused(applied: AppliedAs): void {
    expect(applied.ok).toBe(false)
    if (applied.ok) return
    if (applied.denial) expect(applied.denial).toMatchObject({ effect: 'deny' })
    else expect(rejectionCodes).toContain(applied.rejection.code)
    expect(JSON.parse(JSON.stringify(applied))).toStrictEqual(applied)
  }

  test('as the body are rejected without a throw', () => {
    fc.assert(
      fc.property(arbitraryAnything, (make) => {
        const applied = applyAs(credential('root'), now, make(), secrets)
        expect(applied).toMatchObject({ ok: false, rejection: { code: 'command_invalid' } })
        expectRefused(applied)
      }),
      runs(1_000),
    )
  })

  test('as the caller, the instant or the state are denied without a throw', () => {
    fc.assert(
      fc.property(arbitraryAnything, (make) => {
        expectRefused(applyAs(make() as Who, now, createTeam, secrets))
        expectRefused(applyAs(olga, make() as number, { ...createTeam, organization: 'none' }, secrets))
        expectRefused(applyAs(olga, now, createTeam, make() as State))
      }),
      runs(1_000),
    )
    for (const make of hostileMakers()) {
      expectRefused(applyAs(make() as Who, make() as number, make(), make() as State))
    }
  })

  test('in a part of the state are refused without a throw', () => {
    for (const part of Object.keys(secrets)) {
      for (const instead of [undefined, null, 1, {}, { size: 1, root: null }, new Proxy({}, { get: () => 1 })]) {
        const state = { ...secrets, [part]: instead } as State
        expect(() => applyAs(credential('whole'), now, createTeam, state)).not.toThrow()
      }
    }
  })

  test('in any place of a body never throw, and no event has another actor', () => {
    fc.assert(
      fc.property(arbitraryDamage(arbitraryCommand.map(bodyOf)), (make) => {
        const applied = applyAs(credential('root'), now, make(), secrets)
        if (!applied.ok) return expectRefused(applied)
        for (const event of applied.events) expect(event).toMatchObject({ actor: user('root'), at: now })
      }),
      runs(1_000),
    )
  })
})
