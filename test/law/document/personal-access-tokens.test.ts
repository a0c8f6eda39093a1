import { describe, expect, test } from 'vitest'
import { acme, answer, ask, credential, day, digestOf, enact, noon, rejectionOf, team, usable, user } from './world.ts'

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
  test('users generate their own, and nobody else’s', () => {
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

  test('a token authenticates the request and enforces the user’s access: it opens nothing of its own', () => {
    expect(usable(issued, laptop)).toEqual([])
    expect(usable(granted, laptop)).toEqual(usable(granted, ann))
  })

  test('a secret that nobody issued opens nothing', () => {
    const made = { type: 'credentialDigest', digest: digestOf('made up') } as const
    expect(ask(granted, made, 'gpt-4')).toMatchObject({ reason: 'credential_unknown', level: { type: 'credential' } })
  })
})

describe('When you provide access to a user, all their tokens automatically inherit it', () => {
  test('a grant after issuing works at once, with every token', () => {
    expect(answer(issued, laptop, 'gpt-4')).toBe('model_not_granted')
    for (const token of [laptop, notebook]) expect(usable(granted, token)).toEqual(usable(granted, ann))
    expect(usable(granted, ann)).toContain('gpt-4')
  })

  test('by the token’s secret as by its id, with one decision: the user’s own', () => {
    const decision = ask(granted, ann, 'gpt-4')
    expect(ask(granted, laptop, 'gpt-4')).toStrictEqual(decision)
    expect(ask(granted, { type: 'credentialDigest', digest: digestOf('pat-secret-1') }, 'gpt-4')).toStrictEqual(
      decision,
    )
  })

  test('revoking bites at once, with every token', () => {
    const revoked = enact(granted, { ...grant, type: 'RevokeRole' })
    for (const token of [laptop, notebook]) expect(usable(revoked, token)).toEqual([])
  })

  test('what a team gives its members, their tokens inherit, and lose when the member leaves', () => {
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

  test('new models of the account are inherited too', () => {
    const grown = enact(granted, { type: 'AddModels', providerAccount: 'openai', models: ['gpt-4o'] })
    expect(answer(grown, notebook, 'openai/gpt-4o')).toBe('allow')
  })

  test('a token never reaches more than its user does now, whatever its scope lists', () => {
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

describe('A token on its own', () => {
  test('revoked, it is worth nothing, and the user’s other tokens stay', () => {
    const revoked = enact(granted, { type: 'RevokeCredential', actor: ann, credential: 'pat-laptop' })
    expect(answer(revoked, laptop, 'gpt-4')).toBe('credential_revoked')
    expect(answer(revoked, notebook, 'gpt-4')).toBe('allow')
  })

  test('expires by itself', () => {
    const expiring = enact(granted, {
      type: 'UpdateCredential',
      actor: ann,
      credential: 'pat-laptop',
      expiresAt: noon + day,
    })
    expect(answer(expiring, laptop, 'gpt-4', { at: noon + day - 1 })).toBe('allow')
    expect(answer(expiring, laptop, 'gpt-4', { at: noon + day })).toBe('credential_expired')
  })

  test('is worth nothing while its user is suspended, and gone with the user', () => {
    const suspended = enact(granted, { type: 'SuspendUser', user: 'ann' })
    expect(answer(suspended, laptop, 'gpt-4')).toBe('principal_suspended')
    const gone = enact(granted, { type: 'DeleteUser', user: 'ann' })
    expect(answer(gone, laptop, 'gpt-4')).toBe('credential_unknown')
  })
})
