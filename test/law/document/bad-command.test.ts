import { describe, expect, test } from 'vitest'
import { emptyState } from '../../../src/model/state/state.ts'
import { applyAnything } from '../command.ts'
import { everyCommand } from './every-command.ts'
import { noon, rejectionOfAnything, tiers } from './world.ts'

/** Matches a message that states the expected input or the unknown key. */
const telling = /^(expected|unknown key) /

describe('A value that is not a command is rejected', () => {
  test.each([null, undefined, 42, 'CreateTeam', true, [], [{ type: 'CreateTeam' }], () => 1, 10n])('%o', (value) => {
    expect(rejectionOfAnything(tiers, value)).toMatchObject({
      code: 'command_invalid',
      path: [],
      message: 'expected an object',
    })
  })

  test.each([
    [{}, "expected the command's name as its `type`, as in `CreateTeam`"],
    [{ type: 7 }, "expected the command's name as its `type`, as in `CreateTeam`"],
    [{ type: 'CreateGroup' }, "unknown command `CreateGroup`, expected a command's name, as in `CreateTeam`"],
    [{ type: 'createTeam' }, "unknown command `createTeam`, expected a command's name, as in `CreateTeam`"],
    [{ type: '__proto__' }, "unknown command `__proto__`, expected a command's name, as in `CreateTeam`"],
  ])('%o', (value, message) => {
    expect(rejectionOfAnything(tiers, { ...value, actor: { type: 'system' }, at: noon })).toMatchObject({
      code: 'command_invalid',
      path: ['type'],
      message,
    })
  })

  test('an object whose getter throws', () => {
    const trap = {
      get type(): string {
        throw new Error('do not read me')
      },
    }
    expect(rejectionOfAnything(tiers, trap)).toMatchObject({ code: 'command_invalid', path: [] })
  })
})

describe.each(everyCommand)('A malformed command is rejected: $type', ({ type, sample, fields, required }) => {
  const edited = fields.filter((field) => field !== 'type')

  test('the sample has every field of the command', () => {
    expect(Object.keys(sample).sort()).toEqual([...fields].sort())
    expect(required).toEqual(expect.arrayContaining(['type', 'actor', 'at']))
  })

  test.each(required.filter((field) => field !== 'type'))('without `%s`', (field) => {
    const { [field]: _, ...rest } = sample
    const rejection = rejectionOfAnything(tiers, rest)
    expect(rejection).toMatchObject({
      code: 'command_invalid',
      path: [field],
      message: expect.stringMatching(telling),
    })
    expect(rejection.details.issues).toEqual([{ path: [field], message: rejection.message }])
  })

  test.each(edited)('with a value of the wrong type as `%s`', (field) => {
    const { code, path, message } = rejectionOfAnything(tiers, { ...sample, [field]: [[]] })
    expect({ code, field: path[0] }).toEqual({ code: 'command_invalid', field })
    expect(message).toMatch(telling)
  })

  test('with an unknown key', () => {
    expect(rejectionOfAnything(tiers, { ...sample, nmae: 'x' })).toMatchObject({
      code: 'command_invalid',
      path: ['nmae'],
      message: 'unknown key `nmae`, leave it out or correct it',
    })
  })

  test('in the empty state, the rejection names an id that does not exist', () => {
    const applied = applyAnything(sample, emptyState)
    if (applied.ok) {
      expect(['CreateUser', 'CreateProviderAccount']).toContain(type)
      return
    }
    const { code, path, message, details } = applied.rejection
    // The sample's actor is `system`, and only a user requests access.
    if (type === 'RequestAccess') return expect(code).toBe('access_request_foreign')
    const id = path.reduce<unknown>((value, step) => Reflect.get(Object(value), step), sample)
    expect(code).toMatch(/_unknown$/)
    expect(details.reference?.id).toBe(id)
    expect(message).toContain(`\`${id}\``)
  })
})
