import { describe, expect, test } from 'vitest'
import { emptyState } from '../../../src/model/state/state.ts'
import { applyAnything } from '../command.ts'
import { everyCommand } from './every-command.ts'
import { noon, rejectionOfAnything, tiers } from './world.ts'

/** What says what was expected, or which key is not known. */
const telling = /^(expected|unknown key) /

describe('What is no command at all is refused', () => {
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
    [{ type: 'CreateGroup' }, "there is no command `CreateGroup`, expected a command's name, as in `CreateTeam`"],
    [{ type: 'createTeam' }, "there is no command `createTeam`, expected a command's name, as in `CreateTeam`"],
    [{ type: '__proto__' }, "there is no command `__proto__`, expected a command's name, as in `CreateTeam`"],
  ])('%o', (value, message) => {
    expect(rejectionOfAnything(tiers, { ...value, actor: { type: 'system' }, at: noon })).toMatchObject({
      code: 'command_invalid',
      path: ['type'],
      message,
    })
  })

  test('an object that cannot be read', () => {
    const trap = {
      get type(): string {
        throw new Error('do not read me')
      },
    }
    expect(rejectionOfAnything(tiers, trap)).toMatchObject({ code: 'command_invalid', path: [] })
  })
})

describe.each(everyCommand)(
  'Every command of the wrong shape is refused: $type',
  ({ type, sample, fields, required }) => {
    const edited = fields.filter((field) => field !== 'type')

    test('the sample has every field that there is', () => {
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

    test.each(edited)('with another kind of value as `%s`', (field) => {
      const { code, path, message } = rejectionOfAnything(tiers, { ...sample, [field]: [[]] })
      expect({ code, field: path[0] }).toEqual({ code: 'command_invalid', field })
      expect(message).toMatch(telling)
    })

    test('with a key that it does not have', () => {
      expect(rejectionOfAnything(tiers, { ...sample, nmae: 'x' })).toMatchObject({
        code: 'command_invalid',
        path: ['nmae'],
        message: 'unknown key `nmae`, leave it out or correct it',
      })
    })

    test('where nothing exists, the id that does not names itself', () => {
      const applied = applyAnything(sample, emptyState)
      if (applied.ok) {
        expect(['CreateUser', 'CreateProviderAccount']).toContain(type)
        return
      }
      const { code, path, message, details } = applied.rejection
      const id = path.reduce<unknown>((value, step) => Reflect.get(Object(value), step), sample)
      expect(code).toMatch(/_unknown$/)
      expect(details.reference?.id).toBe(id)
      expect(message).toContain(`\`${id}\``)
    })
  },
)
