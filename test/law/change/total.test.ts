import fc from 'fast-check'
import { expect, test } from 'vitest'
import { apply } from '../../../src/change/apply.ts'
import { decide } from '../../../src/change/decide.ts'
import { Command } from '../../../src/change/message/command.ts'
import { Event } from '../../../src/change/message/event.ts'
import { type Rejection, rejectionCodes } from '../../../src/change/message/rejection.ts'
import { toSnapshot } from '../../../src/model/snapshot/to-snapshot.ts'
import { checkState } from '../../../src/model/state/check-state.ts'
import { emptyState, type State } from '../../../src/model/state/state.ts'
import { arbitraryAnything, arbitraryDamage, hostileMakers } from '../../../src/testing/arbitrary/anything.ts'
import { arbitraryCommand, arbitraryCommands } from '../../../src/testing/arbitrary/command.ts'
import { foundingCommands } from '../../../src/testing/arbitrary/command-pool.ts'
import { deepFreeze, isDeeplyFrozen } from '../../../src/testing/frozen.ts'
import { applyAnything, applyUnguarded } from '../command.ts'
import { runs } from '../runs.ts'
import { commandOf, office, stateAfter } from './story.ts'

const founded = deepFreeze(stateAfter(emptyState, ...foundingCommands))

/** Asserts that a rejection is JSON, has a known code, and has a message in the library's style. */
function expectTidy(rejection: Rejection): void {
  expect(rejectionCodes).toContain(rejection.code)
  expect(rejection.message).toMatch(/^[^A-Z.][^\n]*[^.]$/)
  expect(rejection.message.length).toBeLessThan(400)
  expect(JSON.parse(JSON.stringify(rejection))).toStrictEqual(rejection)
}

function expectRejected(value: unknown, state: unknown, code: string): void {
  const applied = applyAnything(value, state)
  expect(applied.ok).toBe(false)
  if (applied.ok) return
  expect(applied.rejection.code).toBe(code)
  expectTidy(applied.rejection)
  expect(decide(value as Command, state as State)).toStrictEqual(applied)
}

test('apply rejects any value that is not a command, and never throws', () => {
  fc.assert(
    fc.property(arbitraryAnything, (make) => expectRejected(make(), founded, 'command_invalid')),
    runs(2_000),
  )
})

test('apply rejects hostile values as the command, the state or both, and never throws', () => {
  for (const make of hostileMakers()) {
    expectRejected(make(), founded, 'command_invalid')
    expectRejected(commandOf({ type: 'CreateUser', user: 'ann' }), make(), 'command_invalid')
    expectRejected(make(), make(), 'command_invalid')
  }
})

test('a hostile value in any field of a command is rejected', () => {
  const commands = fc.sample(arbitraryCommand, { numRuns: 200, seed: 1 })
  for (const [i, command] of commands.entries()) {
    const value = hostileMakers()[i % hostileMakers().length]?.()
    for (const key of ['actor', 'at', 'type']) {
      if (!Object.is(value, -0)) expectRejected({ ...command, [key]: value }, founded, 'command_invalid')
    }
  }
})

test('a damaged command never throws, and an accepted one leaves a state without violations', () => {
  fc.assert(
    fc.property(arbitraryDamage(arbitraryCommand), (make) => {
      const applied = applyAnything(make(), founded)
      if (!applied.ok) return expectTidy(applied.rejection)
      for (const event of applied.events) expect(Event.safeParse(event).success).toBe(true)
      expect(checkState(applied.state)).toEqual([])
    }),
    runs(2_000),
  )
})

test('minus zero, which JSON cannot express, is no instant', () => {
  const applied = apply({ ...commandOf({ type: 'CreateUser', user: 'new' }), at: -0 }, founded)
  expect(applied).toMatchObject({ ok: false, rejection: { code: 'command_invalid', path: ['at'] } })
})

test('a value that is not a state, or lacks a part, is rejected at the path `state`', () => {
  const parts = Object.keys(emptyState) as (keyof State)[]
  const command = commandOf({ type: 'DeleteUser', user: 'ann' })
  for (const state of [undefined, null, 0, 'state', [], {}, () => founded, new Map()]) {
    expect(applyAnything(command, state)).toMatchObject({ ok: false, rejection: { path: ['state'] } })
  }
  for (const part of parts) {
    for (const instead of [undefined, null, 1, {}, { size: 1, root: null }, new Proxy({}, { get: () => 1 })]) {
      expect(() => applyAnything(command, { ...founded, [part]: instead })).not.toThrow()
    }
    const { [part]: _, ...rest } = founded
    expect(applyAnything(command, rest)).toMatchObject({ ok: false, rejection: { path: ['state'] } })
  }
})

test('events and states are frozen and share no object with the given command', () => {
  fc.assert(
    fc.property(arbitraryCommand, (command) => {
      const applied = applyUnguarded(command, founded)
      if (!applied.ok) return
      const before = JSON.stringify([applied.events, toSnapshot(applied.state)])
      expect(isDeeplyFrozen(applied.events)).toBe(true)
      expect(Object.isFrozen(applied.state)).toBe(true)
      spoil(command)
      expect(JSON.stringify([applied.events, toSnapshot(applied.state)])).toBe(before)
    }),
    runs(500),
  )
})

/** Overwrites every writable field of a value, including nested fields. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  for (const key of Object.keys(value)) {
    spoil(Reflect.get(value, key))
    Reflect.set(value, key, 'spoilt')
  }
}

test('every well-formed command is accepted by the schema, and one with an unknown key is not', () => {
  fc.assert(
    fc.property(arbitraryCommand, fc.string(), (command, key) => {
      expect(Command.safeParse(command).success).toBe(true)
      const shape = Command.options.find((option) => option.shape.type.safeParse(command.type).success)?.shape ?? {}
      if (Object.hasOwn(shape, key) || key === '__proto__') return
      const applied = applyAnything({ ...command, [key]: 1 }, founded)
      expect(applied).toMatchObject({ ok: false, rejection: { code: 'command_invalid', path: [key] } })
    }),
    runs(500),
  )
})

test('a rejection in any history is tidy JSON with a known code', () => {
  fc.assert(
    fc.property(arbitraryCommands, (history) => {
      let state = office
      for (const command of history) {
        const applied = applyUnguarded(command, state)
        if (applied.ok) state = applied.state
        else expectTidy(applied.rejection)
      }
    }),
    runs(100),
  )
})
