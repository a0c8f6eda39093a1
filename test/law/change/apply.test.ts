import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Applied, apply } from '../../../src/change/apply.ts'
import { decide } from '../../../src/change/decide.ts'
import { evolve } from '../../../src/change/evolve.ts'
import type { Command } from '../../../src/change/message/command.ts'
import { Event } from '../../../src/change/message/event.ts'
import { replay } from '../../../src/change/replay.ts'
import { checkState } from '../../../src/model/state/check-state.ts'
import { emptyState, type State } from '../../../src/model/state/state.ts'
import { arbitraryCommands } from '../../../src/testing/arbitrary/command.ts'
import { deepFreeze } from '../../../src/testing/frozen.ts'
import { applyUnguarded, decideUnguarded } from '../command.ts'
import { runs } from '../runs.ts'

/** Applies the commands of a history in order. Calls `see` after each command, and returns the last state. */
function play(history: readonly Command[], see: (applied: Applied, before: State, command: Command) => void): State {
  let state: State = emptyState
  for (const command of history) {
    const applied = applyUnguarded(command, state)
    see(applied, state, command)
    if (applied.ok) state = applied.state
  }
  return state
}

/** Expects two values to be deeply equal. Calls the slower matcher only to explain a difference. */
function expectSame(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toStrictEqual(expected)
}

test('apply is decide then fold', () => {
  fc.assert(
    fc.property(arbitraryCommands, (history) => {
      play(history, (applied, before, command) => {
        const decided = decideUnguarded(command, before)
        expectSame(decide(command, before), decided)
        if (decided.ok) expectSame(applied, { ...decided, state: decided.events.reduce(evolve, before) })
        else expectSame(applied, decided)
        expectSame(apply(command, before), applied)
      })
    }),
    runs(100),
  )
})

test('replay of the events gives the state, from the start or from any point', () => {
  fc.assert(
    fc.property(arbitraryCommands, fc.nat(60), (history, cut) => {
      const events: Event[] = []
      let [early, earlyCount] = [emptyState, 0]
      const state = play(history, (applied) => {
        if (!applied.ok) return
        events.push(...applied.events)
        if (events.length <= cut) [early, earlyCount] = [applied.state, events.length]
      })
      expectSame(replay(events), state)
      expectSame(replay(events.slice(earlyCount), early), state)
      expect(replay([], state)).toBe(state)
    }),
    runs(200),
  )
})

test('events are JSON, their schema reads them back, and what is read back replays to the same state', () => {
  fc.assert(
    fc.property(arbitraryCommands, (history) => {
      const stored: Event[] = []
      const state = play(history, (applied, _, command) => {
        for (const event of applied.ok ? applied.events : []) {
          const read = Event.parse(JSON.parse(JSON.stringify(event)))
          expectSame(read, event)
          expect([read.at, read.actor]).toStrictEqual([command.at, command.actor])
          stored.push(read as Event)
        }
      })
      expectSame(replay(stored), state)
    }),
    runs(100),
  )
})

test('a rejection has no state, and a command that changes nothing returns the same state object', () => {
  fc.assert(
    fc.property(arbitraryCommands, (history) => {
      play(history, (applied, before) => {
        if (!applied.ok) expect(Object.keys(applied)).toStrictEqual(['ok', 'rejection'])
        else if (applied.events.length === 0) expect(applied.state).toBe(before)
        else expect(applied.state).not.toBe(before)
      })
    }),
    runs(100),
  )
})

test('a command other than a creation, given again, changes nothing or is rejected', () => {
  const once = /^(Create|Delete|Issue|Allocate)/
  fc.assert(
    fc.property(arbitraryCommands, (history) => {
      play(history, (applied, _, command) => {
        if (!applied.ok || once.test(command.type)) return
        const again = applyUnguarded(command, applied.state)
        if (again.ok) expect(again.state, command.type).toBe(applied.state)
      })
    }),
    runs(100),
  )
})

test('apply does not write to a deeply frozen state or command', () => {
  fc.assert(
    fc.property(arbitraryCommands, (history) => {
      let state: State = emptyState
      for (const command of history) {
        const applied = applyUnguarded(deepFreeze(structuredClone(command)), deepFreeze(state))
        if (applied.ok) state = applied.state
        else expect(applied.rejection.path[0], JSON.stringify(applied)).not.toBe('state')
      }
    }),
    runs(60),
  )
})

test('the version of a state counts the events that led to it', () => {
  fc.assert(
    fc.property(arbitraryCommands, (history) => {
      let count = 0
      const state = play(history, (applied, before) => {
        if (!applied.ok) return
        count += applied.events.length
        expect(applied.state.version).toBe(before.version + applied.events.length)
      })
      expect(state.version).toBe(count)
    }),
    runs(100),
  )
})

test('every invariant of the state is kept by every command', () => {
  fc.assert(
    fc.property(arbitraryCommands, (history) => {
      play(history, (applied) => {
        if (applied.ok && applied.events.length > 0) expect(checkState(applied.state)).toEqual([])
      })
    }),
    runs(100),
  )
})

test('a history gives the same state when other histories are decided in between', () => {
  fc.assert(
    fc.property(arbitraryCommands, arbitraryCommands, (history, other) => {
      const alone = play(history, () => undefined)
      const disturbed = play(history, (_, before) => {
        for (const command of other.slice(-2)) applyUnguarded(command, before)
      })
      expectSame(disturbed, alone)
    }),
    runs(50),
  )
})
