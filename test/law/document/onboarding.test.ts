import { describe, expect, test } from 'vitest'
import type { Event } from '../../../src/change/message/event.ts'
import { replay } from '../../../src/change/replay.ts'
import { toSnapshot } from '../../../src/model/snapshot/to-snapshot.ts'
import type { State } from '../../../src/model/state/state.ts'
import { answerCaller } from '../../../src/policy/decision/caller-answer.ts'
import {
  ask,
  carryOut,
  catalogue,
  createGroup,
  digestOf,
  levelOf,
  noon,
  route,
  type Step,
  team,
  usable,
  walletOf,
} from './world.ts'

const prod = team('newclient-prod')
const starter = ['claude-3-haiku', 'gpt-3.5-turbo']
const pro = ['claude-3-sonnet', 'gemini-pro', 'gpt-4-turbo']

const steps: readonly Step[] = [
  {
    type: 'CreateOrganization',
    organization: 'org_newclient',
    name: 'New Client Inc',
    entitlement: { type: 'unlimited' },
  },
  createGroup('starter-models', 'Starter tier models', 'gpt-3.5-turbo', 'claude-3-haiku'),
  {
    type: 'CreateTeam',
    organization: 'org_newclient',
    team: 'newclient-prod',
    name: 'Production',
    accessGroups: ['starter-models'],
    credits: '1000',
  },
  { type: 'IssueCredential', credential: 'key-newclient-prod', owner: prod, digest: digestOf('sk-newclient') },
  createGroup('pro-models', 'Balanced performance and cost', 'gpt-4-turbo', 'claude-3-sonnet', 'gemini-pro'),
  { type: 'SetAccessGroups', principal: prod, accessGroups: ['starter-models', 'pro-models'] },
  { type: 'AllocateCredits', principal: prod, amount: '5000' },
]

/** Runs all steps. Returns the state after each step, and the events of all steps. */
function play(): { readonly states: readonly State[]; readonly events: readonly Event[] } {
  const states: State[] = []
  const events: Event[] = []
  for (const step of steps) {
    const applied = carryOut(states.at(-1) ?? catalogue, step)
    states.push(applied.state)
    events.push(...applied.events)
  }
  return { states, events }
}

const { states, events } = play()
const [organization, groups, created, shared, prepared, upgraded, done] = states as [
  State,
  State,
  State,
  State,
  State,
  State,
  State,
]
const virtualKey = { type: 'credentialDigest', digest: digestOf('sk-newclient') } as const

describe('Complete client onboarding with access control', () => {
  test('create the organization, then the access groups: no principal can use a model yet', () => {
    for (const state of [organization, groups]) {
      expect(ask(state, prod, 'gpt-3.5-turbo')).toMatchObject({ reason: 'principal_unknown', level: prod })
    }
  })

  test('create the team with access: exactly the starter models, and 1000 credits', () => {
    expect(usable(created, prod)).toEqual(starter)
    expect(events).toContainEqual({
      type: 'CreditsAllocated',
      at: noon,
      actor: { type: 'system' },
      wallet: walletOf(created, prod),
      amount: '1000',
    })
  })

  test('share the virtual key with the client: it has the access of the team, and was unknown before', () => {
    expect(ask(created, virtualKey, 'gpt-3.5-turbo')).toMatchObject({ reason: 'credential_unknown' })
    expect(usable(shared, virtualKey)).toEqual(starter)
    expect(ask(shared, virtualKey, 'claude-3-haiku', { credits: { available: '1000' } })).toStrictEqual({
      effect: 'allow',
      type: 'use',
      principal: prod,
      credential: 'key-newclient-prod',
      team: 'newclient-prod',
      routes: [route('anthropic', 'claude-3-haiku-20240307')],
      payer: { type: 'wallet', wallet: walletOf(shared, prod) },
      walletPath: [
        levelOf(shared, 'key-newclient-prod'),
        walletOf(shared, prod),
        { type: 'organization', id: 'org_newclient', incarnation: 12 },
      ],
      reach: [{ type: 'accessGroup', accessGroup: 'starter-models', principal: prod }],
      notices: [],
      cacheScope: { type: 'organization', id: 'org_newclient', incarnation: 12 },
      version: shared.version,
    })
  })

  test('the state has the digest of the secret, and not the secret', () => {
    expect(JSON.stringify([events, toSnapshot(done)])).not.toContain('sk-newclient')
  })

  test('before the upgrade a pro model is denied, with a message that names no group', () => {
    const refused = answerCaller(ask(prepared, virtualKey, 'gpt-4-turbo'))
    expect(refused).toMatchObject({ effect: 'deny', reason: 'model_not_found' })
    expect(JSON.stringify(refused)).not.toMatch(/pro-models|starter-models/)
  })

  test('upgrade to the pro tier: the same key has both tiers at once', () => {
    expect(usable(prepared, virtualKey)).toEqual(starter)
    expect(usable(upgraded, virtualKey)).toEqual([...starter, ...pro].sort())
  })

  test('add more credits: 5000 for the same wallet', () => {
    const allocated = events.filter((event) => event.type === 'CreditsAllocated')
    expect(allocated.map(({ amount }) => amount)).toEqual(['1000', '5000'])
    expect(allocated.map(({ wallet }) => wallet)).toEqual([walletOf(created, prod), walletOf(created, prod)])
    expect(usable(done, virtualKey)).toEqual(usable(upgraded, virtualKey))
  })

  test('replaying the events gives the same state', () => {
    expect(toSnapshot(replay(events, catalogue))).toEqual(toSnapshot(done))
  })
})
