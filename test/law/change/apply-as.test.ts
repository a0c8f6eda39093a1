import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apply } from '../../../src/change/apply.ts'
import { type AppliedAs, applyAs } from '../../../src/change/apply-as.ts'
import type { Organization } from '../../../src/model/noun/organization.ts'
import { put } from '../../../src/model/table/table.ts'
import type { Who } from '../../../src/policy/request/request.ts'
import { arbitraryAnything } from '../../../src/testing/arbitrary/anything.ts'
import { arbitraryCommand } from '../../../src/testing/arbitrary/command.ts'
import { runs } from '../runs.ts'
import { bodyOf, createTeam, credential, olga, secrets, wordFor } from './caller.ts'
import { digest, now, type Step, stateAfter, team, user, virtualAccount } from './story.ts'

const rootToken = { type: 'IssueCredential', credential: 'stolen', owner: user('root'), digest: digest('9') } as const

describe('a body that brings its own authority', () => {
  test('an organization admin cannot issue a token of an administrator by naming `system` as the actor', () => {
    const body = JSON.parse(JSON.stringify({ ...rootToken, actor: { type: 'system' } }))
    // A host that trusts the body issues the token.
    expect(apply({ ...body, at: now }, secrets).ok).toBe(true)
    for (const who of [credential('whole'), { type: 'credentialDigest', digest: digest('e') } as const, olga]) {
      expect(applyAs(who, now, body, secrets)).toMatchObject({
        ok: false,
        rejection: { code: 'command_invalid', path: ['actor'] },
      })
      expect(wordFor(applyAs(who, now, rootToken, secrets))).toBe('denied management_not_granted')
      expect(wordFor(applyAs(who, now, createTeam, secrets))).toBe('accepted')
    }
  })

  test('the rejection of a body with an actor and an instant lists both, each with what to do', () => {
    const applied = applyAs(olga, now, { ...createTeam, actor: olga, at: now }, secrets)
    expect(applied).toStrictEqual({
      ok: false,
      rejection: {
        code: 'command_invalid',
        path: ['actor'],
        message: 'expected no `actor`, since the host sets the actor, leave it out',
        details: {
          issues: [
            {
              path: ['actor'],
              message: 'expected no `actor`, since the host sets the actor, leave it out',
            },
            { path: ['at'], message: 'expected no `at`, since the host sets the instant, leave it out' },
          ],
        },
      },
    })
  })

  test('an own, inherited, hidden or computed `actor` or `at` of any value is rejected at its path', () => {
    fc.assert(
      fc.property(arbitraryCommand, fc.constantFrom('actor', 'at'), arbitraryAnything, (command, key, make) => {
        const body = bodyOf(command)
        const bodies = [
          { ...body, [key]: make() },
          { ...body, [key]: undefined },
          Object.assign(Object.create({ [key]: make() }), body),
          Object.defineProperty({ ...body }, key, { value: make(), enumerable: false }),
          Object.defineProperty({ ...body }, key, { get: make, enumerable: true }),
          Object.assign(Object.create(null), body, { [key]: make() }),
          new Proxy({ ...body, [key]: make() }, { has: () => false }),
          new Proxy({ ...body, [key]: make() }, { ownKeys: () => Object.keys(body) }),
        ]
        for (const brought of bodies) {
          const applied = applyAs(user('root'), now, brought, secrets)
          expect(applied).toMatchObject({ ok: false, rejection: { code: 'command_invalid', path: [key] } })
        }
      }),
      runs(200),
    )
  })

  test('a key `__proto__` in JSON is an unknown key, not a prototype', () => {
    const text = `{"type":"CreateTeam","team":"new","organization":"acme","__proto__":{"actor":{"type":"system"},"at":5}}`
    const body = JSON.parse(text)
    expect(applyAs(olga, now, body, secrets)).toMatchObject({
      ok: false,
      rejection: { code: 'command_invalid', path: ['__proto__'] },
    })
    // A host that merges the text into an object gives that object the prototype.
    expect(applyAs(olga, now, Object.assign({}, body), secrets)).toMatchObject({
      ok: false,
      rejection: { code: 'command_invalid', path: ['actor'] },
    })
  })

  test('each field of a body is read once, so the command that is authorized is the one that is applied', () => {
    const owners = [olga, user('root')]
    const body = {
      ...rootToken,
      get owner() {
        return owners.shift()
      },
    }
    const applied = applyAs(olga, now, body, secrets)
    expect(applied).toMatchObject({ ok: true, events: [{ type: 'CredentialIssued', owner: olga }] })
    expect(owners).toHaveLength(1)

    let reads = 0
    const who = {
      type: 'user',
      get id() {
        reads += 1
        return reads === 1 ? 'olga' : 'root'
      },
    } as const
    const asOlga = applyAs(who, now, createTeam, secrets)
    expect(asOlga).toMatchObject({ ok: true, events: [{ actor: olga }] })
  })

  test('inherited fields of a body are ignored', () => {
    const applied = applyAs(olga, now, Object.create(createTeam), secrets)
    expect(applied).toMatchObject({ ok: false, rejection: { code: 'command_invalid', path: ['type'] } })
  })
})

describe('a caller', () => {
  const callers: readonly (readonly [what: string, who: unknown, expected: string, at?: number])[] = [
    ['a whole token', credential('whole'), 'accepted'],
    ['a token narrowed by scope', credential('narrow'), 'denied credential_out_of_scope'],
    ['a token before its end', credential('short'), 'accepted', now + 499],
    ['a token at its end', credential('short'), 'denied credential_expired', now + 500],
    ['a revoked token', credential('revoked'), 'denied credential_revoked'],
    ['an unknown token', credential('none'), 'denied credential_unknown'],
    ['an unknown digest', { type: 'credentialDigest', digest: digest('8') }, 'denied credential_unknown'],
    ['a key of a team', credential('dev'), 'denied management_not_granted'],
    ['a team', team('dev'), 'denied management_not_granted'],
    ['a user without power', user('zoe'), 'denied management_not_granted'],
    ['an unknown user', user('none'), 'denied principal_unknown'],
    ['a virtual account without power', credential('bot'), 'denied management_not_granted'],
    ['`system`', { type: 'system' }, 'denied request_invalid'],
    ['no caller', undefined, 'denied request_invalid'],
    ['an actor with an extra key', { ...olga, actor: { type: 'system' } }, 'denied request_invalid'],
    ['an instant that is not one', olga, 'denied request_invalid', Number.NaN],
    ['a suspended owner', credential('whole'), 'denied principal_suspended', now + 1000],
  ]
  for (const [what, who, expected, at = now] of callers) {
    test(`${what} gives a command: ${expected}`, () => {
      const state = at === now + 1000 ? stateAfter(secrets, { type: 'SuspendUser', user: 'olga' }) : secrets
      expect(wordFor(applyAs(who as Who, at, createTeam, state))).toBe(expected)
    })
  }

  test('with a restriction in force on its credential gives no command, and after its end does', () => {
    const subject = { type: 'credential', id: 'whole' } as const
    const selector = { type: 'alias', alias: 'gpt-4' } as const
    const restriction: Step = { type: 'CreateRestriction', restriction: 'no', subject, selector, expiresAt: now + 50 }
    const state = stateAfter(secrets, restriction)
    const applied = applyAs(credential('whole'), now + 1, createTeam, state)
    expect(applied).toMatchObject({
      denial: {
        reason: 'management_not_granted',
        level: subject,
        remedies: [{ restrictions: ['no'] }],
        until: now + 50,
      },
    })
    expect(wordFor(applyAs(credential('whole'), now + 50, createTeam, state))).toBe('accepted')
    expect(wordFor(applyAs(olga, now + 1, createTeam, state))).toBe('accepted')
  })

  test('that `authorize` denies is denied before its body is read', () => {
    const unread = new Proxy({}, { get: () => expect.fail('read'), has: () => expect.fail('read') })
    expect(wordFor(applyAs(credential('narrow'), now, unread, secrets))).toBe('denied credential_out_of_scope')
    expect(wordFor(applyAs(team('dev'), now, unread, secrets))).toBe('denied management_not_granted')
  })

  test('a virtual account gives commands, unless its organization is suspended', () => {
    const admin = stateAfter(secrets, {
      type: 'AddOrganizationAdmin',
      organization: 'acme',
      admin: virtualAccount('bot'),
    })
    expect(applyAs(credential('bot'), now, createTeam, admin)).toMatchObject({
      ok: true,
      events: [{ actor: virtualAccount('bot'), at: now }],
    })
    const suspended = stateAfter(admin, { type: 'SuspendOrganization', organization: 'acme' })
    expect(wordFor(applyAs(credential('bot'), now, createTeam, suspended))).toBe('denied organization_suspended')
  })

  test('a bounded caller gets the same denial, the level aside, for a thing that does not exist as for one beyond its reach', () => {
    const steps: readonly Step[] = [
      { type: 'DeleteTeam', team: 'none' },
      { type: 'DeleteTeam', team: 'ops' },
      { type: 'RevokeCredential', credential: 'none' },
      { type: 'RevokeCredential', credential: 'root' },
    ]
    const [first, ...others] = steps.map((step) => applyAs(credential('whole'), now, step, secrets))
    expect(first).toMatchObject({ ok: false, denial: { reason: 'management_not_granted' } })
    const withoutLevel = (applied: AppliedAs | undefined): unknown => {
      if (applied === undefined || applied.ok || applied.denial === undefined) return applied
      const { level: _, ...rest } = applied.denial
      return rest
    }
    for (const other of others) expect(withoutLevel(other)).toStrictEqual(withoutLevel(first))
  })

  test('an administrator gets the rejection of a thing that does not exist', () => {
    expect(wordFor(applyAs(credential('root'), now, { type: 'DeleteTeam', team: 'none' }, secrets))).toBe(
      'rejected team_unknown',
    )
  })

  test('gets the rejection that `apply` gives for a state with a damaged part that authorization reads', () => {
    const organizations = put(secrets.organizations, 'acme', { status: 'active' } as Organization)
    const damaged = { ...secrets, organizations }
    const applied = applyAs(olga, now, createTeam, damaged)
    expect(applied).toMatchObject({ ok: false, rejection: { code: 'command_invalid', path: ['state'] } })
    expect(applied).toStrictEqual(apply({ ...createTeam, actor: olga, at: now }, damaged))
  })
})
