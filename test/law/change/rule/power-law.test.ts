import fc from 'fast-check'
import { expect, test } from 'vitest'
import { thingOf } from '../../../../src/change/decide.ts'
import type { Command } from '../../../../src/change/message/command.ts'
import { emptyState, type State } from '../../../../src/model/state/state.ts'
import { findRow, getRow, idsOf } from '../../../../src/model/table/table.ts'
import type { Actor, Agent } from '../../../../src/model/value/principal.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import { findPower } from '../../../../src/policy/manage.ts'
import type { Thing } from '../../../../src/policy/request/request.ts'
import { arbitraryCommands } from '../../../../src/testing/arbitrary/command.ts'
import { applyUnguarded } from '../../command.ts'
import { runs } from '../../runs.ts'
import {
  alias,
  commandOf,
  digest,
  now,
  office,
  outcome,
  type Step,
  stateAfter,
  team,
  user,
  virtualAccount,
} from '../story.ts'

/** Returns every agent that can act: the active users, and the active virtual accounts of active organizations. */
function agentsOf(state: State): Agent[] {
  const users = [...idsOf(state.users)].filter((id) => findRow(state.users, id)?.status === 'active').map(user)
  const accounts = [...idsOf(state.virtualAccounts)].filter((id) => {
    const row = findRow(state.virtualAccounts, id)
    return row?.status === 'active' && findRow(state.organizations, row.organization)?.status === 'active'
  })
  return [...users, ...accounts.map(virtualAccount)]
}

function thingsOf(state: State): Thing[] {
  const all = (type: Exclude<Thing['type'], 'platform'>, ids: Iterable<string>) =>
    [...ids].map((id): Thing => ({ type, id }))
  return [
    { type: 'platform' },
    ...all('organization', idsOf(state.organizations)),
    ...all('team', idsOf(state.teams)),
    ...all('teamMembers', idsOf(state.teams)),
    ...all('virtualAccount', idsOf(state.virtualAccounts)),
    ...all('providerAccount', idsOf(state.providerAccounts)),
    ...all('userTokens', idsOf(state.users)),
  ]
}

/** Returns the agents that give power by a command: its actor and, for an acceptance, the inviter. */
function giversOf(command: Command, state: State): Actor[] {
  if (command.type !== 'AcceptInvitation') return [command.actor]
  const invitation = findRow(state.teams, command.team)?.invitations.find(({ user: id }) => id === command.user)
  return invitation === undefined ? [command.actor] : [command.actor, invitation.invitedBy]
}

const hasPower = (actor: Actor, thing: Thing, state: State, at: number): boolean =>
  actor.type === 'system' || findPower(actor, thing, state, at) !== undefined

test('no command of a bounded actor gives an agent a power that neither the agent nor a giver had', () => {
  fc.assert(
    fc.property(arbitraryCommands, fc.nat(3000), (history, wait) => {
      let state: State = emptyState
      for (const command of history) {
        const applied = applyUnguarded(command, state)
        if (!applied.ok || applied.events.length === 0) continue
        const { actor, at } = command
        if (actor.type !== 'system' && findPower(actor, { type: 'platform' }, state, at) === undefined) {
          const then = at + wait
          for (const thing of thingsOf(state)) {
            if (giversOf(command, state).some((giver) => hasPower(giver, thing, state, then))) continue
            for (const agent of agentsOf(applied.state)) {
              const had = agentsOf(state).some((one) => one.type === agent.type && one.id === agent.id)
              const gained =
                findPower(agent, thing, applied.state, then) && !(had && findPower(agent, thing, state, then))
              expect(gained ? [agent, thing] : undefined, JSON.stringify(command)).toBeUndefined()
            }
          }
        }
        state = applied.state
      }
    }),
    runs(150),
  )
})

/** Whether a credential has a later expiry than before, or a scope with a selector that its old scope does not list. */
function opensMore(id: string, before: State, after: State): boolean {
  const [old, now] = [before, after].map((state) => getRow(state.credentials, id))
  if (old === undefined || now === undefined) return false
  if ((old.expiresAt ?? Number.POSITIVE_INFINITY) < (now.expiresAt ?? Number.POSITIVE_INFINITY)) return true
  const listed = old.scope.type === 'list' ? old.scope.selectors.map((one) => JSON.stringify(one)) : undefined
  if (listed === undefined) return false
  if (now.scope.type === 'all') return true
  return now.scope.selectors.some((one) => {
    const account = 'providerAccount' in one ? { type: 'providerAccount', providerAccount: one.providerAccount } : {}
    return !listed.includes(JSON.stringify(one)) && !listed.includes(JSON.stringify(account))
  })
}

test('only an actor with every power of a virtual account issues or widens its token', () => {
  const opens = /^(Issue|Rotate|Update|Activate)Credential$/
  fc.assert(
    fc.property(arbitraryCommands, fc.nat(3000), (history, wait) => {
      let state: State = emptyState
      for (const command of history) {
        const applied = applyUnguarded(command, state)
        if (!applied.ok || applied.events.length === 0) continue
        const { actor, at } = command
        const event = applied.events[0]
        const isName = event?.type === 'CredentialUpdated' && !opensMore(event.credential, state, applied.state)
        if (actor.type !== 'system' && opens.test(command.type) && event && 'credential' in event && !isName) {
          const owner = findRow(applied.state.credentials, event.credential)?.owner
          for (const thing of owner?.type === 'virtualAccount' ? thingsOf(state) : []) {
            const reaches = owner?.type === 'virtualAccount' && findPower(owner, thing, state, at + wait)
            if (reaches) expect(findPower(actor, thing, state, at + wait), JSON.stringify(command)).toBeDefined()
          }
        }
        state = applied.state
      }
    }),
    runs(150),
  )
})

test('a command is permitted exactly where `findPower` gives its actor power over its thing', () => {
  fc.assert(
    fc.property(arbitraryCommands, (history) => {
      let state: State = emptyState
      for (const command of history) {
        const applied = applyUnguarded(command, state)
        const { actor, at } = command
        const isRefused = !applied.ok && applied.rejection.code === 'management_not_granted'
        if (isRefused && actor.type !== 'system') {
          expect(findPower(actor, thingOf(command, state), state, at)).toBeUndefined()
        }
        if (applied.ok && actor.type !== 'system') {
          expect(findPower(actor, thingOf(command, state), state, at), JSON.stringify(command)).toBeDefined()
        }
        if (applied.ok) state = applied.state
      }
    }),
    runs(150),
  )
})

test('`authorize` with a credential allows what `apply` accepts from the owner, and denies a narrowed credential', () => {
  const olga = user('olga')
  const secrets = stateAfter(
    office,
    { type: 'IssueCredential', credential: 'whole', owner: olga, digest: digest('e') },
    {
      type: 'IssueCredential',
      credential: 'narrow',
      owner: olga,
      digest: digest('f'),
      scope: { type: 'list', selectors: [alias('gpt-4')] },
    },
  )
  const steps: readonly Step[] = [
    { type: 'CreateTeam', team: 'n', organization: 'acme' },
    { type: 'CreateTeam', team: 'n', organization: 'acme', credits: '5' },
    { type: 'CreateTeam', team: 'n', organization: 'globex' },
    { type: 'RevokeCredential', credential: 'bot' },
    { type: 'RevokeCredential', credential: 'mia' },
    { type: 'RemoveModels', providerAccount: 'openai', models: ['gpt-3'], cascade: true },
    { type: 'AssignAccessGroup', accessGroup: 'gpt', principal: team('dev') },
    { type: 'AssignAccessGroup', accessGroup: 'gpt', principal: user('mia') },
  ]
  for (const step of steps) {
    const command = commandOf({ ...step, actor: olga })
    const ask = (id: string) => {
      const who = { type: 'credential', id } as const
      const decision = authorize({ type: 'manage', who, thing: thingOf(command, secrets), at: now }, secrets)
      return decision.effect === 'allow' ? 'accepted' : decision.reason
    }
    expect(ask('whole'), JSON.stringify(step)).toBe(outcome(secrets, command))
    expect(ask('narrow')).not.toBe('accepted')
  }
})
