import { expect, test } from 'vitest'
import { compile } from '../type/consumer.ts'

const { errorsOf, fieldsOf, hover } = compile('dist/index.js', {
  command: `export const command: portcullis.Command = {
    type: 'CreateTeam', actor: { type: 'system' }, at: 1_700_000_000_000, team: 'dev', organization: 'acme',
  }`,
  fields: `export type Found = portcullis.Command`,
  requests: `export type Found = portcullis.Request | portcullis.Who | portcullis.Thing | portcullis.RequestCredits`,
})

test('the built declarations show the sentence of a field of a command', () => {
  expect(errorsOf('command')).toEqual([])
  expect(hover('command', 'team:').documentation).toMatch(/^The id of the new team: /)
})

test('the built declarations have a sentence for every field of every command', () => {
  const fields = fieldsOf('fields').filter(({ name }) => !name.endsWith('.type'))
  expect(fields.length).toBeGreaterThan(250)
  expect(fields.filter(({ documentation }) => !documentation.endsWith('.'))).toEqual([])
})

test('the built declarations have a sentence for every field of every request', () => {
  const fields = fieldsOf('requests')
  expect(fields.length).toBeGreaterThan(20)
  expect(fields.filter(({ documentation }) => !documentation.endsWith('.'))).toEqual([])
})
