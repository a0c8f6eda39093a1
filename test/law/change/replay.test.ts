import { describe, expect, test } from 'vitest'
import type { Event } from '../../../src/change/message/event.ts'
import { replay } from '../../../src/change/replay.ts'
import { Defect } from '../../../src/model/value/defect.ts'
import { accepted, now, office } from './story.ts'

const created = { type: 'UserCreated', actor: { type: 'system' }, at: now, user: 'new', metered: false }
const { events } = accepted(office, { type: 'SuspendTeam', team: 'dev' })

/** Returns the error that `replay` throws for a valid event followed by the given value. */
function defectOf(value: unknown): unknown {
  try {
    replay([...events, value as Event], office)
  } catch (error) {
    return error
  }
  throw new Error('replayed')
}

describe('replay throws a defect that names the index and the field of an invalid event', () => {
  const { metered: _, ...withoutMetered } = created
  test.each<readonly [title: string, value: unknown, message: string]>([
    ['an extra field', { ...created, nmae: 'x' }, 'unknown key `nmae`, leave it out or correct it'],
    ['a missing field', withoutMetered, 'expected `true` or `false` for `metered`'],
    [
      'an extra field in the actor',
      { ...created, actor: { type: 'system', id: 'x' } },
      'unknown key `id`, leave it out or correct it',
    ],
    [
      'an invalid id',
      { ...created, user: '' },
      'event `UserCreated` is invalid at `user`: expected a printable string',
    ],
    ['an unknown type', { ...created, type: 'UserBorn' }, 'unknown event `UserBorn`'],
    ['no object', null, 'expected an object'],
  ])('%s', (_title, value, message) => {
    const defect = defectOf(value)
    expect(defect).toBeInstanceOf(Defect)
    expect(defect).toMatchObject({ message: expect.stringMatching(/^at index 1: /) })
    expect(defect).toMatchObject({ message: expect.stringContaining(message) })
  })
})

test('replay throws a defect that names the index of an impossible event', () => {
  const defect = defectOf({ ...created, user: 'mia' })
  expect(defect).toBeInstanceOf(Defect)
  expect(defect).toMatchObject({
    message: expect.stringMatching(/^at index 1: event `UserCreated` cannot have happened: /),
    cause: expect.any(Defect),
  })
})
