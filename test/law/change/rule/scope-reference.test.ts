import { describe, expect, test } from 'vitest'
import { apply } from '../../../../src/change/apply.ts'
import { fromSnapshot } from '../../../../src/model/snapshot/from-snapshot.ts'
import { toSnapshot } from '../../../../src/model/snapshot/to-snapshot.ts'
import { checkState } from '../../../../src/model/state/check-state.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { getRow, hasRow } from '../../../../src/model/table/table.ts'
import type { Selector } from '../../../../src/model/value/selector.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import type { Who } from '../../../../src/policy/request/request.ts'
import { eachChange } from '../../../../src/query/diff/diff-each.ts'
import { formatExplanation } from '../../../../src/query/explain/describe/format-explanation.ts'
import { explain } from '../../../../src/query/explain/explain.ts'
import { explainToCaller } from '../../../../src/query/explain/explain-to-caller.ts'
import { listModels } from '../../../../src/query/list-models.ts'
import {
  alias,
  commandOf,
  digest,
  eventTypes,
  now,
  office,
  outcome,
  rejected,
  type Step,
  stateAfter,
  team,
  user,
} from '../story.ts'

const dev = team('dev')
const model = (providerAccount: string, id: string) => ({ type: 'model', providerAccount, model: id }) as const
const account = (providerAccount: string) => ({ type: 'providerAccount', providerAccount }) as const
const list = (...selectors: readonly Selector[]) => ({ type: 'list', selectors: [...selectors] }) as const

const issue = (...selectors: readonly Selector[]): Step => ({
  type: 'IssueCredential',
  credential: 'narrow',
  owner: dev,
  digest: digest('9'),
  scope: list(...selectors),
})

const open = stateAfter(
  office,
  { type: 'AssignAccessGroup', accessGroup: 'gpt', principal: dev },
  { type: 'GrantRole', principal: dev, providerAccount: 'any', role: 'user' },
  { type: 'GrantRole', principal: dev, providerAccount: 'openai', role: 'user' },
)

const reason = (state: State, name: string, credential = 'narrow'): string => {
  const decision = authorize({ type: 'use', who: { type: 'credential', id: credential }, model: name, at: now }, state)
  return decision.effect === 'allow' ? 'allow' : decision.reason
}

const scopeOf = (state: State) => getRow(state.credentials, 'narrow').scope

describe('what a scope names must exist', () => {
  const unknown = [
    [alias('ghost'), 'model_alias_unknown', 'alias'],
    [account('ghost'), 'provider_account_unknown', 'providerAccount'],
    [model('ghost', 'gpt-4'), 'provider_account_unknown', 'providerAccount'],
    [model('openai', 'ghost'), 'model_unknown', 'model'],
    [model('any', 'a//b'), 'model_unknown', 'model'],
  ] as const

  test.each(unknown)('%j is refused on issue and on update', (selector, code, field) => {
    const path = ['scope', 'selectors', 1, field]
    expect(rejected(open, issue(alias('gpt-4'), selector))).toMatchObject({ code, path })
    const update = { type: 'UpdateCredential', credential: 'dev', scope: list(alias('gpt-4'), selector) } as const
    expect(rejected(open, update)).toMatchObject({ code, path })
  })

  test('of several unknown ones the code that comes first in the list of codes is reported', () => {
    expect(rejected(open, issue(alias('ghost'), account('ghost')))).toMatchObject({ code: 'provider_account_unknown' })
  })

  test('patterns, and models of an account that serves any model, are accepted', () => {
    const state = stateAfter(open, issue({ type: 'pattern', pattern: 'gh*st' }, model('any', 'anything')))
    expect(reason(state, 'any/anything')).toBe('allow')
  })

  test('a snapshot with a scope that names what does not exist is refused, unless the credential is revoked', () => {
    const state = stateAfter(open, issue(alias('gpt-4')))
    const snapshot = JSON.parse(JSON.stringify(toSnapshot(state)))
    const row = snapshot.credentials.find(({ id }: { readonly id: string }) => id === 'narrow')
    row.scope.selectors = [alias('ghost')]
    expect(fromSnapshot(snapshot)).toMatchObject({
      ok: false,
      faults: [{ code: 'references_exist', path: ['credentials', 'narrow', 'scope', 'selectors', 0] }],
    })
    row.revokedAt = now
    expect(fromSnapshot(snapshot)).toMatchObject({ ok: true })
  })
})

describe('what is deleted', () => {
  const deletions = [
    ['an alias', alias('gpt-3'), { type: 'DeleteModelAlias', alias: 'gpt-3' }, 'model_alias_referenced'],
    [
      'an account',
      account('any'),
      { type: 'DeleteProviderAccount', providerAccount: 'any' },
      'provider_account_referenced',
    ],
    [
      'a model of a deleted account',
      model('any', 'x'),
      { type: 'DeleteProviderAccount', providerAccount: 'any' },
      'provider_account_referenced',
    ],
    [
      'a removed model',
      model('openai', 'gpt-3'),
      { type: 'RemoveModels', providerAccount: 'openai', models: ['gpt-3'] },
      'model_referenced',
    ],
  ] as const

  test.each(deletions)('%s lists the credentials that name it, or leaves their scopes', (_, selector, step, code) => {
    const state = stateAfter(open, issue(selector, alias('gpt-4')))
    const { code: refused, details } = rejected(state, step)
    expect(refused).toBe(code)
    expect(details.references).toContainEqual({ type: 'credential', id: 'narrow' })
    const after = stateAfter(state, { ...step, cascade: true })
    expect(scopeOf(after)).toEqual(list(alias('gpt-4')))
    expect(checkState(after)).toEqual([])
    const emptied = stateAfter(open, issue(selector), { ...step, cascade: true })
    expect(scopeOf(emptied)).toEqual(list())
    expect(reason(emptied, 'gpt-4')).toBe('credential_out_of_scope')
  })

  test('and made again is another incarnation: a token narrowed to the old alias does not pass the new one', () => {
    const state = stateAfter(
      open,
      issue(alias('gpt-4')),
      { type: 'DeleteModelAlias', alias: 'gpt-4', cascade: true },
      { type: 'CreateModelAlias', alias: 'gpt-4', targets: [{ providerAccount: 'any', model: 'other' }] },
      { type: 'AddAccessGroupMembers', accessGroup: 'gpt', members: [alias('gpt-4')] },
    )
    expect(reason(state, 'gpt-4')).toBe('credential_out_of_scope')
    expect(reason(state, 'gpt-4', 'dev')).toBe('allow')
  })

  test('is not held by a revoked credential, whose scope stays as it was', () => {
    const state = stateAfter(open, issue(alias('gpt-3')), { type: 'RevokeCredential', credential: 'narrow' })
    const first = rejected(state, { type: 'DeleteModelAlias', alias: 'gpt-3' })
    expect(first.details.references).not.toContainEqual({ type: 'credential', id: 'narrow' })
    const after = stateAfter(state, { type: 'DeleteModelAlias', alias: 'gpt-3', cascade: true })
    expect(scopeOf(after)).toEqual(list(alias('gpt-3')))
    expect(checkState(after)).toEqual([])
  })

  test.each([
    ['suspended', { type: 'SuspendCredential', credential: 'narrow' }],
    ['expired', { type: 'UpdateCredential', credential: 'narrow', expiresAt: now + 1 }],
  ] as const)('is held by a credential that is %s, since its scope can count again', (_, step) => {
    const state = stateAfter(open, issue(alias('gpt-3'), alias('gpt-4')), step)
    const remove = { type: 'DeleteModelAlias', alias: 'gpt-3' } as const
    const at = now + 2
    const refused = apply({ ...commandOf(remove), at }, state)
    expect(refused).toMatchObject({ ok: false, rejection: { code: 'model_alias_referenced' } })
    if (!refused.ok) expect(refused.rejection.details.references).toContainEqual({ type: 'credential', id: 'narrow' })
    const after = apply({ ...commandOf({ ...remove, cascade: true }), at }, state)
    expect(after.ok && scopeOf(after.state)).toEqual(list(alias('gpt-4')))
  })

  test('an account serves any model no longer only if no scope names an unlisted one', () => {
    const state = stateAfter(open, issue(model('any', 'unlisted')))
    const close: Step = { type: 'UpdateProviderAccount', providerAccount: 'any', anyModel: false }
    expect(rejected(state, close).details.references).toContainEqual({ type: 'credential', id: 'narrow' })
  })

  test('a listed model taken off an account that serves any model stays in scopes, unless its name is odd', () => {
    const listed = stateAfter(
      open,
      { type: 'AddModels', providerAccount: 'any', models: ['plain', 'odd '] },
      issue(model('any', 'plain'), model('any', 'odd ')),
    )
    const plain: Step = { type: 'RemoveModels', providerAccount: 'any', models: ['plain'] }
    expect(scopeOf(stateAfter(listed, plain))).toEqual(scopeOf(listed))
    const odd: Step = { type: 'RemoveModels', providerAccount: 'any', models: ['odd '] }
    expect(rejected(listed, odd)).toMatchObject({ code: 'model_referenced' })
    expect(scopeOf(stateAfter(listed, { ...odd, cascade: true }))).toEqual(list(model('any', 'plain')))
  })
})

describe('diffAccess', () => {
  const state = stateAfter(open, issue(alias('gpt-4')))

  test('shows what a credential loses when the alias of its scope is deleted', () => {
    const after = stateAfter(state, { type: 'DeleteModelAlias', alias: 'gpt-4', cascade: true })
    const changes = [...eachChange(state, after, now)].filter(({ subject }) => subject.type === 'credential')
    expect(changes.map(({ subject, change }) => [subject, change.model, change.effect])).toEqual([
      [{ type: 'credential', id: 'narrow' }, { type: 'alias', name: 'gpt-4' }, 'lost'],
    ])
  })
})

describe('a restriction on a credential', () => {
  const deny: Step = {
    type: 'CreateRestriction',
    restriction: 'no-o1',
    subject: { type: 'credential', id: 'narrow' },
    selector: { type: 'pattern', pattern: 'any/o1*' },
    note: 'all but o1',
  }
  const key: Step = { type: 'IssueCredential', credential: 'narrow', owner: dev, digest: digest('9') }
  const state = stateAfter(open, key, deny)

  test('denies with that credential and with no other', () => {
    expect([reason(state, 'any/o1-pro'), reason(state, 'any/o3')]).toEqual(['model_restricted', 'allow'])
    expect(reason(state, 'any/o1-pro', 'dev')).toBe('allow')
    expect(authorize({ type: 'use', who: dev, model: 'any/o1-pro', at: now }, state).effect).toBe('allow')
  })

  test('binds a token of a user in every context, and is the level of the denial', () => {
    const token = stateAfter(
      open,
      { type: 'IssueCredential', credential: 'narrow', owner: user('mia'), digest: digest('9') },
      { type: 'GrantRole', principal: user('mia'), providerAccount: 'any', role: 'user' },
      deny,
    )
    for (const named of [undefined, 'dev']) {
      const request = { type: 'use', who: { type: 'credential', id: 'narrow' }, model: 'any/o1-pro', at: now } as const
      expect(authorize(named === undefined ? request : { ...request, team: named }, token)).toMatchObject({
        reason: 'model_restricted',
        level: { type: 'credential', id: 'narrow' },
        remedies: [{ type: 'lift_restriction', restrictions: ['no-o1'] }],
      })
    }
  })

  test('names a credential that exists, and goes with it', () => {
    expect(outcome(open, deny)).toBe('credential_unknown')
    expect(eventTypes(state, { type: 'DeleteTeam', team: 'dev' })).toContain('RestrictionDeleted')
    const after = stateAfter(state, { type: 'DeleteTeam', team: 'dev' })
    expect(hasRow(after.restrictions, 'no-o1')).toBe(false)
    expect(checkState(after)).toEqual([])
  })

  test('survives a snapshot, and a snapshot with one on an unknown credential is refused', () => {
    const snapshot = JSON.parse(JSON.stringify(toSnapshot(state)))
    expect(fromSnapshot(snapshot)).toEqual({ ok: true, state })
    snapshot.credentials = snapshot.credentials.filter(({ id }: { readonly id: string }) => id !== 'narrow')
    expect(fromSnapshot(snapshot)).toMatchObject({ ok: false, faults: [{ code: 'references_exist' }] })
  })

  test('is explained, and lifting it is the remedy', () => {
    const request = { type: 'use', who: { type: 'credential', id: 'narrow' }, model: 'any/o1-pro', at: now } as const
    const explanation = explain(request, state)
    const { nearMisses, remedies } = explanation
    expect(nearMisses).toContainEqual(expect.objectContaining({ type: 'restrictionWins', restriction: 'no-o1' }))
    expect(remedies.map(({ commands }) => commands.map(({ type }) => type))).toContainEqual(['DeleteRestriction'])
    const text = formatExplanation(explanation)
    expect(text).toContain('restriction `no-o1` denies')
    expect(text).toContain('to credential `narrow`')
    expect(explainToCaller(explanation)).not.toMatch(/no-o1|narrow/)
  })

  test('shows in the difference of two states and in the models of the credential, not of its owner', () => {
    const before = stateAfter(open, key)
    expect([...eachChange(before, state, now)].map(({ subject }) => subject)).toContainEqual({
      type: 'credential',
      id: 'narrow',
    })
    expect([...eachChange(before, state, now)].every(({ subject }) => subject.type === 'credential')).toBe(true)
    const openTo = (who: Who) => {
      const listed = listModels(who, state, { at: now })
      return listed.ok ? listed.openAccounts.map(({ providerAccount, except }) => [providerAccount, except]) : listed
    }
    expect(openTo({ type: 'credential', id: 'narrow' })).toEqual([
      ['any', [expect.objectContaining({ text: 'any/o1*' })]],
    ])
    expect(openTo(dev)).toEqual([['any', []]])
  })
})
