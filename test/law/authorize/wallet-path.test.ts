import { expect, test } from 'vitest'
import { authorize } from '../../../src/policy/authorize.ts'
import type { Who } from '../../../src/policy/request/request.ts'
import { aliases, holding, memberOf, world } from '../world.ts'

const group = holding(['gpt'])
const state = world({
  organizations: [{ id: 'acme', incarnation: 1 }],
  users: [
    { id: 'ann', ...memberOf('dev', 'free'), metered: true, ...group, incarnation: 7 },
    { id: 'ben', ...memberOf('free'), metered: false, ...group, incarnation: 3 },
  ],
  teams: [
    { id: 'dev', metered: true, ...group, incarnation: 5 },
    { id: 'free', metered: false, ...group, incarnation: 4 },
  ],
  virtualAccounts: [{ id: 'bot', metered: true, ...group, incarnation: 6 }],
  modelAliases: [{ id: 'gpt-4' }],
  accessGroups: [{ id: 'gpt', ...aliases('gpt-4') }],
  credentials: [
    { id: 'pat', owner: { type: 'user', id: 'ann' }, team: 'dev', digest: 'd'.repeat(64), incarnation: 8 },
    { id: 'key', owner: { type: 'team', id: 'dev' }, digest: 'e'.repeat(64), incarnation: 9 },
    { id: 'own', owner: { type: 'user', id: 'ben' }, digest: 'f'.repeat(64), incarnation: 2 },
  ],
})

const acme = { type: 'organization', id: 'acme', incarnation: 1 }
const dev = { type: 'team', id: 'dev', incarnation: 5 }
const ann = { type: 'user', id: 'ann', incarnation: 7 }
const annInDev = { type: 'member', team: 'dev', user: 'ann', incarnation: 7 }
const credential = (id: string): Who => ({ type: 'credential', id })

test.each<[string, Who, string | undefined, readonly object[]]>([
  ['a key of a team', credential('key'), undefined, [{ type: 'credential', id: 'key', incarnation: 9 }, dev, acme]],
  ['a team itself', { type: 'team', id: 'dev' }, undefined, [dev, acme]],
  ['a member that names its team', { type: 'user', id: 'ann' }, 'dev', [annInDev, dev, acme]],
  [
    'a token for a team',
    credential('pat'),
    undefined,
    [{ type: 'credential', id: 'pat', incarnation: 8 }, annInDev, dev, acme],
  ],
  [
    'a member of a team that is not metered',
    { type: 'user', id: 'ann' },
    'free',
    [{ type: 'member', team: 'free', user: 'ann', incarnation: 7 }, acme],
  ],
  [
    'a virtual account',
    { type: 'virtualAccount', id: 'bot' },
    undefined,
    [{ type: 'virtualAccount', id: 'bot', incarnation: 6 }, acme],
  ],
  [
    'a user with several free contexts',
    credential('own'),
    undefined,
    [{ type: 'credential', id: 'own', incarnation: 2 }],
  ],
])('the wallet path of %s goes from the narrowest level to the widest', (_, who, team, walletPath) => {
  const decision = authorize({ type: 'use', who, model: 'gpt-4', at: 1_700_000_001_000, ...(team && { team }) }, state)
  expect(decision).toMatchObject({ effect: 'allow', walletPath })
})

test('a user that pays itself has its own wallet on the path and no organization', () => {
  const alone = world({
    users: [{ id: 'ann', metered: true, ...group, incarnation: 7 }],
    modelAliases: [{ id: 'gpt-4' }],
    accessGroups: [{ id: 'gpt', ...aliases('gpt-4') }],
  })
  const decision = authorize(
    { type: 'use', who: { type: 'user', id: 'ann' }, model: 'gpt-4', at: 1_700_000_001_000 },
    alone,
  )
  expect(decision).toMatchObject({ effect: 'allow', payer: { type: 'wallet', wallet: ann }, walletPath: [ann] })
})
