import fc from 'fast-check'
import { expect, test } from 'vitest'
import { authorize } from '../../../../src/policy/authorize.ts'
import { formatExplanation } from '../../../../src/query/explain/describe/format-explanation.ts'
import { explain } from '../../../../src/query/explain/explain.ts'
import { arbitrarySession, arbitraryUseRequest } from '../../../../src/testing/index.ts'
import { accepted, by, now, office, rejected, type Step, stateAfter, user } from '../../change/story.ts'
import { applyUnguarded } from '../../command.ts'
import { runs } from '../../runs.ts'

const fields = { request: 'a new request', reason: 'a demo', duration: 3_600_000 }

test('the requester of a remedy can request it, and each other issuer can approve it', () => {
  let approved = 0
  fc.assert(
    fc.property(arbitrarySession(arbitraryUseRequest), ({ state, requests }) => {
      for (const request of requests) {
        for (const { commands, requester, issuers } of explain(request, state).remedies) {
          const [command] = commands
          if (requester === undefined || command?.type !== 'AssignAccessGroup') continue
          const subject = command.principal
          if (subject.type === 'team' || subject.type === 'organization') throw new Error(subject.type)
          const wanted = { type: 'accessGroup', id: command.accessGroup } as const
          const { at } = request
          const ask = { type: 'RequestAccess', actor: user(requester), at, subject, wanted, ...fields } as const
          const asked = applyUnguarded(ask, state)
          if (!asked.ok) throw new Error(`${asked.rejection.code}: ${asked.rejection.message}`)
          const agents = issuers.map(({ agent }) => agent)
          for (const actor of [{ type: 'system' } as const, ...agents]) {
            const approval = { type: 'ApproveAccess', actor, at, request: ask.request } as const
            const isOwn = actor.type === 'user' && actor.id === requester
            const applied = applyUnguarded(approval, asked.state)
            expect(applied.ok ? 'accepted' : applied.rejection.code).toBe(isOwn ? 'access_request_own' : 'accepted')
            approved += applied.ok ? 1 : 0
          }
        }
      }
    }),
    runs(300),
  )
  expect(approved).toBeGreaterThan(50)
})

test('the explanation of a denial tells an operator that the user can request the group', () => {
  const asked = { type: 'use', who: user('mia'), team: 'dev', model: 'gpt-4', at: now } as const
  const explanation = explain(asked, office)
  const found = explanation.remedies.find(
    ({ commands: [one], requester }) =>
      requester === 'mia' && one?.type === 'AssignAccessGroup' && one.principal.type === 'member',
  )
  expect(found?.issuers.map(({ agent }) => agent.id)).toEqual(expect.arrayContaining(['root', 'olga']))
  expect(formatExplanation(explanation)).toContain('; user `mia` can request it')
  const [command] = found?.commands ?? []
  expect(command).toMatchObject({ type: 'AssignAccessGroup', principal: { type: 'member', team: 'dev', user: 'mia' } })

  const step: Step = {
    type: 'RequestAccess',
    subject: { type: 'member', team: 'dev', user: 'mia' },
    wanted: { type: 'accessGroup', id: 'gpt' },
    ...fields,
  }
  const state = stateAfter(office, by(user('mia'), step))
  const approve = by(user('olga'), { type: 'ApproveAccess', request: fields.request })
  expect(authorize(asked, accepted(state, approve).state).effect).toBe('allow')
  expect(rejected(state, by(user('mia'), { type: 'ApproveAccess', request: fields.request })).code).toBe(
    'access_request_own',
  )
})
