import { expect, test } from 'vitest'
import { compile } from './consumer.ts'

const read = `const value: unknown = JSON.parse('{}')\n`

/** Assigns in both directions between the type that a schema infers and the type that is written out. */
const same = (name: string): string => `
  type Schema${name} = import('zod').infer<typeof portcullis.${name}>
  export const to${name} = (value: Schema${name}): portcullis.${name} => value
  export const from${name} = (value: portcullis.${name}): Schema${name} => value`

const names = ['Who', 'Thing', 'UseRequest', 'ManageRequest', 'Request']

const { errorsOf, fieldsOf, hover } = compile('src/index.ts', {
  good: `portcullis.authorize({ type: 'use', who: { type: 'user', id: 'ann' }, model: 'gpt-4', at: 1_700_000_000_000 }, portcullis.emptyState)`,
  field: `portcullis.authorize({ type: 'use', who: { type: 'user', id: 'ann' }, modle: 'gpt-4', at: 1_700_000_000_000 }, portcullis.emptyState)`,
  parsed: `${read}const parsed = portcullis.parseRequest(value)
    export const decision = parsed.ok ? portcullis.authorize(parsed.request, portcullis.emptyState) : parsed.denial`,
  unknown: `${read}portcullis.authorize(value, portcullis.emptyState)`,
  request: `export const show = (value: portcullis.Request) => value`,
  use: `export const show = (value: portcullis.UseRequest) => value.who`,
  team: `export const show = (value: portcullis.Team) => value`,
  schemas: names.map(same).join(''),
  fields: `export type Found = portcullis.Request`,
  members: `export type Found = portcullis.Who | portcullis.Thing | portcullis.RequestCredits`,
})

test('a well-formed request and a parsed one compile, a value of unknown shape does not', () => {
  expect(errorsOf('good')).toEqual([])
  expect(errorsOf('parsed')).toEqual([])
  expect(errorsOf('unknown').join()).toContain(`Argument of type 'unknown' is not assignable`)
})

test('a misspelt field is a compile-time error that suggests the field', () => {
  expect(errorsOf('field').join()).toContain(`Did you mean to write 'model'?`)
})

test('an editor shows the names of types, not their fields', () => {
  expect(hover('request', 'Request').type).toContain('type Request = portcullis.UseRequest | portcullis.ManageRequest')
  for (const [file, name] of [
    ['use', 'who'],
    ['team', 'Team'],
  ] as const) {
    expect(hover(file, name).type).not.toContain('{')
  }
})

test('the written-out types of requests are those of their schemas', () => {
  expect(errorsOf('schemas')).toEqual([])
})

test('every field of every request, of a caller and of a thing has a sentence', () => {
  const fields = [...fieldsOf('fields'), ...fieldsOf('members')]
  expect(fields.length).toBeGreaterThan(20)
  expect(fields.filter(({ documentation }) => !/^[A-Z`][\s\S]*\.$/.test(documentation))).toEqual([])
})

test('every optional field of a request states its default', () => {
  const fields = [...fieldsOf('fields'), ...fieldsOf('members')].filter(({ isOptional }) => isOptional)
  const names = fields.map(({ name }) => name).sort()
  expect(names).toEqual(['RequestCredits.estimate', 'UseRequest.credits', 'UseRequest.operation', 'UseRequest.team'])
  expect(fields.filter(({ documentation }) => !documentation.includes('Default: '))).toEqual([])
})
