import { describe, expect, test } from 'vitest'
import { compile } from './consumer.ts'

const give = (fields: string): string =>
  `portcullis.apply({ actor: { type: 'system' }, at: 1_700_000_000_000, ${fields} }, portcullis.emptyState)`

const parse = `const parsed = portcullis.parseCommand(JSON.parse('{}'))\n`
const read = `const value: unknown = JSON.parse('{}')\n`

/** Assigns in both directions between the type that a schema infers and the type that is written out. */
const same = (name: string): string => `
  type Schema${name} = import('zod').infer<typeof portcullis.${name}>
  export const to${name} = (value: Schema${name}): portcullis.${name} => value
  export const from${name} = (type: portcullis.${name}['type']): Schema${name}['type'] => type`

const { errorsOf, fieldsOf, hover } = compile('src/index.ts', {
  good: give(`type: 'CreateTeam', team: 'dev', organization: 'acme'`),
  type: give(`type: 'CreateTeem', team: 'dev', organization: 'acme'`),
  field: give(`type: 'CreateTeam', team: 'dev', organisation: 'acme'`),
  missing: give(`type: 'CreateTeam', team: 'dev'`),
  value: give(`type: 'CreateTeam', team: 'dev', organization: 7`),
  apply: `${parse}if (parsed.ok) portcullis.apply(parsed.command, portcullis.emptyState)`,
  decide: `${parse}if (parsed.ok) portcullis.decide(parsed.command, portcullis.emptyState)`,
  thingOf: `${parse}if (parsed.ok) portcullis.thingOf(parsed.command, portcullis.emptyState)`,
  unknownToApply: `${read}portcullis.apply(value, portcullis.emptyState)`,
  unknownToDecide: `${read}portcullis.decide(value, portcullis.emptyState)`,
  unknownToThingOf: `${read}portcullis.thingOf(value, portcullis.emptyState)`,
  command: `export const show = (value: portcullis.Command) => value`,
  event: `export const show = (value: portcullis.Event) => value`,
  schemas: `${same('Command')}${same('Event')}`,
  fields: `export type Found = portcullis.Command`,
})

describe('a mistake in a command is a compile-time error with names', () => {
  test('a well-formed command compiles', () => {
    expect(errorsOf('good')).toEqual([])
  })

  test('a misspelt type suggests the command', () => {
    expect(errorsOf('type').join()).toContain(`Did you mean '"CreateTeam"'?`)
  })

  test('a misspelt field suggests the field and names the command', () => {
    const error = errorsOf('field').join()
    expect(error).toContain(`'organisation' does not exist in type 'CreateTeam'.`)
    expect(error).toContain(`Did you mean to write 'organization'?`)
  })

  test('a missing field is named, and so is the command', () => {
    const error = errorsOf('missing').join()
    expect(error).toContain(`Property 'organization' is missing in type`)
    expect(error).toContain(`required in type 'CreateTeam'.`)
  })

  test('a field with a value of the wrong type is an error at the field', () => {
    expect(errorsOf('value')).toEqual([`Type 'number' is not assignable to type 'string'.`])
  })

  test.each(['apply', 'decide', 'thingOf'] as const)('%s takes the result of parseCommand', (name) => {
    expect(errorsOf(name)).toEqual([])
  })

  test.each(['unknownToApply', 'unknownToDecide', 'unknownToThingOf'] as const)('%s is an error', (name) => {
    expect(errorsOf(name)).toEqual([`Argument of type 'unknown' is not assignable to parameter of type 'Command'.`])
  })
})

describe('an editor shows names and sentences', () => {
  test.each([
    ['command', 'Command = AddAdministrator | RemoveAdministrator | CreateOrganization |'],
    ['event', 'Event = AdministratorAdded | AdministratorRemoved | OrganizationCreated |'],
  ] as const)('the type of a %s is a union of names', (file, names) => {
    const { type } = hover(file, file === 'command' ? 'Command' : 'Event')
    expect(type).toContain(names)
    expect(type).not.toContain('{')
  })

  test('the written-out types of commands and events are those of their schemas', () => {
    expect(errorsOf('schemas')).toEqual([])
  })

  test('a field in a command shows its sentence', () => {
    const { type, documentation } = hover('good', 'team:')
    expect(type).toBe('(property) team: string')
    expect(documentation).toBe('The id of the new team: 1 to 256 printable characters, unique among teams.')
  })

  test('every field of every command has a sentence', () => {
    const fields = fieldsOf('fields').filter(({ name }) => !name.endsWith('.type'))
    expect(fields.length).toBeGreaterThan(250)
    expect(fields.filter(({ documentation }) => !/^[A-Z`][\s\S]*\.$/.test(documentation))).toEqual([])
  })

  test('every optional field of a command states its default', () => {
    const fields = fieldsOf('fields').filter(({ isOptional }) => isOptional)
    expect(fields.length).toBeGreaterThan(40)
    expect(fields.filter(({ documentation }) => !documentation.includes('Default: '))).toEqual([])
  })
})
