import { expect, test } from 'vitest'
import { putRow } from '../../../../src/model/state/put-row.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { findRow, tableOf } from '../../../../src/model/table/table.ts'
import { collectFromCatalogue } from '../../../../src/query/diff/affected-by-catalogue.ts'
import { NameFinder } from '../../../../src/query/diff/affected-names.ts'
import { AffectedSubjects } from '../../../../src/query/diff/affected-subjects.ts'
import type { AccessSubject } from '../../../../src/query/diff/diff-change.ts'
import { eachChange } from '../../../../src/query/diff/diff-each.ts'
import { role, world } from '../../world.ts'

/**
 * Returns the subjects that a diff of two states compares, each with the compared model names and accounts with
 * `anyModel`.
 */
function suspectedIn(
  before: State,
  after: State,
): readonly (readonly [AccessSubject, readonly string[], readonly string[]])[] {
  const pair = { before, after, at: 1_700_000_001_000 }
  const suspects = new AffectedSubjects(pair, new NameFinder(pair))
  collectFromCatalogue(pair, suspects)
  return [...suspects.all()].map(({ subject, parts = [] }) => [
    subject,
    [...new Set([...parts].flatMap(({ names }) => [...names]))].sort(),
    [...new Set([...parts].flatMap(({ openAccounts }) => [...openAccounts]))],
  ])
}

test('when anyModel of an account changes, the models that it lists are not compared', () => {
  const models = tableOf(
    ['gpt-4', 'gpt-5'],
    ['gpt-4', 'gpt-5'].map((id) => ({ id, status: 'active' as const })),
  )
  const target = (model: string) => ({ providerAccount: 'openai', model })
  const open = world({
    providerAccounts: [{ id: 'openai', models }],
    modelAliases: [
      { id: 'listed', targets: [target('gpt-4'), target('gpt-5')] },
      { id: 'both', targets: [target('gpt-4'), target('o1')] },
      { id: 'openai/gpt-5', targets: [target('o1')] },
      { id: 'openai/shadow', targets: [target('gpt-4')] },
    ],
    restrictions: [{ id: 'no', subject: { type: 'user', id: 'bob' }, selector: { type: 'model', ...target('o2') } }],
    users: [{ id: 'ann', ...role('openai') }],
  })
  const row = findRow(open.providerAccounts, 'openai')
  if (row === undefined) throw new Error('the account does not exist')
  const closed = putRow(open, 'providerAccounts', { ...row, anyModel: false })
  for (const [before, after] of [[open, closed] as const, [closed, open] as const]) {
    expect(suspectedIn(before, after)).toEqual([
      [{ type: 'user', id: 'ann' }, ['both', 'openai/gpt-5', 'openai/o2', 'openai/shadow'], ['openai']],
    ])
    const changed = [...eachChange(before, after, 1000)].map(({ change: { model } }) => model)
    expect(changed).toEqual([
      { type: 'alias', name: 'both' },
      { type: 'alias', name: 'openai/gpt-5' },
      { type: 'model', name: 'openai/o2' },
      { type: 'openAccount', providerAccount: 'openai' },
    ])
  }
})
