import { describe, expect, test } from 'vitest'
import {
  acme,
  answer,
  ask,
  credential,
  day,
  digestOf,
  enact,
  levelOf,
  noon,
  rejectionOf,
  team,
  usable,
  user,
} from './world.ts'

const ann = user('ann')
const laptop = credential('pat-laptop')
const notebook = credential('pat-notebook')
const issued = enact(
  acme,
  { type: 'CreateUser', user: 'ann' },
  { type: 'CreateUser', user: 'bob' },
  { type: 'IssueCredential', actor: ann, credential: 'pat-laptop', owner: ann, digest: digestOf('pat-secret-1') },
  { type: 'IssueCredential', actor: ann, credential: 'pat-notebook', owner: ann, digest: digestOf('pat-secret-2') },
)
const grant = { type: 'GrantRole', principal: ann, providerAccount: 'openai', role: 'user' } as const
const granted = enact(issued, grant)

describe('Generating personal access tokens', () => {
  test('users issue their own tokens only', () => {
    const forBob = {
      type: 'IssueCredential',
      credential: 'pat-bob',
      owner: user('bob'),
      digest: digestOf('x'),
    } as const
    expect(rejectionOf(issued, { ...forBob, actor: ann }).code).toBe('management_not_granted')
    expect(answer(enact(granted, { ...forBob, actor: user('bob') }), credential('pat-bob'), 'gpt-4')).toBe(
      'model_not_granted',
    )
  })

  test('a token authenticates the request with the access of its user', () => {
    expect(usable(issued, laptop)).toEqual([])
    expect(usable(granted, laptop)).toEqual(usable(granted, ann))
  })

  test('an unknown secret is denied', () => {
    const made = { type: 'credentialDigest', digest: digestOf('made up') } as const
    expect(ask(granted, made, 'gpt-4')).toMatchObject({ reason: 'credential_unknown', level: { type: 'credential' } })
  })
})

describe('All tokens of a user inherit its access', () => {
  test('a role granted after a token was issued works at once with every token', () => {
    expect(answer(issued, laptop, 'gpt-4')).toBe('model_not_granted')
    for (const token of [laptop, notebook]) expect(usable(granted, token)).toEqual(usable(granted, ann))
    expect(usable(granted, ann)).toContain('gpt-4')
  })

  test('the decision by secret, by id and for the user is the same, the credential aside', () => {
    const own = ask(granted, ann, 'gpt-4')
    const walletPath = [levelOf(granted, laptop.id), ...('walletPath' in own ? own.walletPath : [])]
    const decision = { ...own, credential: laptop.id, walletPath }
    expect(ask(granted, laptop, 'gpt-4')).toStrictEqual(decision)
    expect(ask(granted, { type: 'credentialDigest', digest: digestOf('pat-secret-1') }, 'gpt-4')).toStrictEqual(
      decision,
    )
  })

  test('revoking the role works at once with every token', () => {
    const revoked = enact(granted, { ...grant, type: 'RevokeRole' })
    for (const token of [laptop, notebook]) expect(usable(revoked, token)).toEqual([])
  })

  test('tokens inherit the access of the user’s team, and lose it when the user leaves', () => {
    const joined = enact(
      issued,
      { type: 'CreateTeam', organization: 'org_acme', team: 'acme-prod' },
      { type: 'AddTeamMember', team: 'acme-prod', user: 'ann' },
      { ...grant, principal: team('acme-prod') },
    )
    expect(answer(joined, laptop, 'gpt-4')).toBe('allow')
    const left = enact(joined, { type: 'RemoveTeamMember', team: 'acme-prod', user: 'ann' })
    expect(answer(left, laptop, 'gpt-4')).toBe('model_not_granted')
  })

  test('tokens inherit new models of the account', () => {
    const grown = enact(granted, { type: 'AddModels', providerAccount: 'openai', models: ['gpt-4o'] })
    expect(answer(grown, notebook, 'openai/gpt-4o')).toBe('allow')
  })

  test('a token never has more access than its user has now, for any scope', () => {
    const scoped = enact(issued, {
      type: 'UpdateCredential',
      actor: ann,
      credential: 'pat-laptop',
      scope: {
        type: 'list',
        selectors: [
          { type: 'alias', alias: 'gpt-4' },
          { type: 'providerAccount', providerAccount: 'anthropic' },
        ],
      },
    })
    expect(usable(scoped, laptop)).toEqual([])

    const both = enact(scoped, grant)
    expect(usable(both, laptop)).toEqual(['gpt-4'])
    expect(usable(both, notebook)).toEqual(usable(both, ann))
    expect(ask(both, laptop, 'gpt-4-turbo')).toMatchObject({
      reason: 'credential_out_of_scope',
      level: laptop,
      remedies: [{ type: 'widen_scope', credential: 'pat-laptop' }],
    })
  })
})

describe('The lifecycle of a token', () => {
  test('a revoked token is denied, and the user’s other tokens are not', () => {
    const revoked = enact(granted, { type: 'RevokeCredential', actor: ann, credential: 'pat-laptop' })
    expect(answer(revoked, laptop, 'gpt-4')).toBe('credential_revoked')
    expect(answer(revoked, notebook, 'gpt-4')).toBe('allow')
  })

  test('a token expires without a command', () => {
    const expiring = enact(granted, {
      type: 'UpdateCredential',
      actor: ann,
      credential: 'pat-laptop',
      expiresAt: noon + day,
    })
    expect(answer(expiring, laptop, 'gpt-4', { at: noon + day - 1 })).toBe('allow')
    expect(answer(expiring, laptop, 'gpt-4', { at: noon + day })).toBe('credential_expired')
  })

  test('a token is denied while its user is suspended, and deleted with its user', () => {
    const suspended = enact(granted, { type: 'SuspendUser', user: 'ann' })
    expect(answer(suspended, laptop, 'gpt-4')).toBe('principal_suspended')
    const gone = enact(granted, { type: 'DeleteUser', user: 'ann' })
    expect(answer(gone, laptop, 'gpt-4')).toBe('credential_unknown')
  })
})
