import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Event, eventSchema } from '../../../src/change/message/event.ts'
import { readEvent } from '../../../src/change/read-event.ts'
import { type EventText, type Upgrade, upgradeEvent, upgrades } from '../../../src/change/upgrade-event.ts'
import { emptyState, type State } from '../../../src/model/state/state.ts'
import {
  arbitraryAnything,
  arbitraryCommands,
  arbitraryDamage,
  hostileMakers,
  isDeeplyFrozen,
} from '../../../src/testing/index.ts'
import { applyUnguarded } from '../command.ts'
import { runs } from '../runs.ts'
import { now } from './story.ts'

/** Generates the events of a history of commands. */
const arbitraryEvents = arbitraryCommands.map((history) => {
  let state: State = emptyState
  return history.flatMap((command): readonly Event[] => {
    const applied = applyUnguarded(command, state)
    if (!applied.ok) return []
    state = applied.state
    return applied.events
  })
})

const created = { type: 'UserCreated', actor: { type: 'system' }, at: now, user: 'new', metered: false }

test('a stored event is read back equal, deeply frozen, and without sharing an object with the input', () => {
  fc.assert(
    fc.property(arbitraryEvents, (events) => {
      for (const event of events) {
        const stored: unknown = JSON.parse(JSON.stringify(event))
        const read = readEvent(stored, eventSchema)
        expect(read).toStrictEqual({ ok: true, event })
        expect(isDeeplyFrozen(read.ok && read.event)).toBe(true)
        expect(Object.isFrozen(stored)).toBe(false)
      }
    }),
    runs(60),
  )
})

/** Expects an event of the schema, or at least one issue of which the message is the first. */
function expectTotal(input: unknown, schema: number): void {
  const read = readEvent(input, schema)
  if (read.ok) expect(Event.safeParse(read.event).success).toBe(true)
  else {
    const [first] = read.issues
    expect(read.message.endsWith(first?.message ?? '?'), read.message).toBe(true)
    expect(read.issues.length).toBeLessThanOrEqual(100)
  }
}

test('readEvent never throws, whatever the input', () => {
  const damaged = arbitraryDamage(fc.constant(created))
  fc.assert(
    fc.property(fc.oneof(arbitraryAnything, damaged), fc.constantFrom(1, 2, 0), (make, schema) =>
      expectTotal(make(), schema),
    ),
    runs(1000),
  )
  for (const make of hostileMakers()) expectTotal(make(), 1)
})

describe('an invalid event is reported with a path and a message', () => {
  const { metered: _, ...withoutMetered } = created
  test.each<readonly [title: string, input: unknown, path: readonly string[], message: string]>([
    [
      'a missing field',
      withoutMetered,
      ['metered'],
      'event `UserCreated` is invalid at `metered`: expected `true` or `false` for `metered`',
    ],
    [
      'an extra field',
      { ...created, nmae: 'x' },
      ['nmae'],
      'event `UserCreated` is invalid at `nmae`: unknown key `nmae`, leave it out or correct it',
    ],
    [
      'an extra field of a nested object',
      { ...created, actor: { type: 'user', id: 'x', more: 1 } },
      ['actor', 'more'],
      'event `UserCreated` is invalid at `actor.more`: unknown key `more`, leave it out or correct it',
    ],
    [
      'an inherited field',
      Object.assign(Object.create({ metered: false }), withoutMetered),
      ['metered'],
      'event `UserCreated` is invalid at `metered`: expected `true` or `false` for `metered`',
    ],
    [
      'an unknown type',
      { ...created, type: 'UserBorn' },
      ['type'],
      "unknown event `UserBorn`, expected an event's name, as in `TeamCreated`",
    ],
    ['no type', {}, ['type'], "expected an event's name as its `type`, as in `TeamCreated`"],
    ['a list', [created], [], 'expected an object'],
    [
      'a getter that throws',
      {
        get type(): string {
          throw new Error('do not read me')
        },
      },
      [],
      'expected an event as plain data, which can be read',
    ],
  ])('%s', (_title, input, path, message) => {
    expect(readEvent(input, eventSchema)).toMatchObject({
      ok: false,
      code: 'event_invalid',
      message,
      issues: [{ path }],
    })
  })
})

describe('the schema version', () => {
  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '1' as unknown as number])(
    '%s is not a positive integer, so the event is invalid',
    (schema) => {
      expect(readEvent(created, schema)).toMatchObject({
        ok: false,
        code: 'event_invalid',
        message: 'expected the schema version of the event as a positive integer',
      })
    },
  )

  test.each([eventSchema + 1, 1_000_000])(
    '%d is unsupported, even if the event is valid or cannot be read',
    (schema) => {
      for (const input of [created, null]) {
        expect(readEvent(input, schema)).toMatchObject({
          ok: false,
          code: 'schema_unsupported',
          message: `the event has schema ${schema}, and this version reads up to ${eventSchema}; read it with a newer version`,
        })
      }
    },
  )

  test('of the library is the version after the last upgrade', () => {
    expect(eventSchema).toBe(upgrades.length + 1)
  })
})

describe('upgradeEvent', () => {
  /** Generates a table of upgrades. Each upgrade adds its own schema version to the list `seen` of an event. */
  const arbitraryTable = fc.nat(8).map((length) =>
    Array.from(
      { length },
      (_, i): Upgrade =>
        (event) => ({ ...event, seen: [...(event['seen'] as number[]), i + 1] }),
    ),
  )

  test('applies the upgrades from the schema version of the event on, in order and each once', () => {
    fc.assert(
      fc.property(arbitraryTable, fc.nat(), (table, nat) => {
        const schema = 1 + (nat % (table.length + 1))
        const event: EventText = Object.freeze({ type: 'UserCreated', seen: Object.freeze([]) })
        const upgraded = upgradeEvent(event, schema, table)
        const expected = Array.from({ length: table.length + 1 - schema }, (_, i) => schema + i)
        expect(upgraded).toEqual({ type: 'UserCreated', seen: expected })
      }),
      runs(200),
    )
  })

  test('returns an event of the current schema version unchanged', () => {
    fc.assert(
      fc.property(arbitraryTable, (table) => {
        const event: EventText = { type: 'UserCreated' }
        expect(upgradeEvent(event, table.length + 1, table)).toBe(event)
      }),
      runs(50),
    )
  })
})
