import fc from 'fast-check'
import type { RequestOutcome, RequestSubject, Wanted } from '../../model/noun/access-request.ts'
import type { Rows } from '../../model/state/state.ts'
import type { Names } from './name.ts'
import { record } from './row.ts'
import { arbitraryInstant, origin } from './window.ts'

/**
 * Generates an access request, pending or ended. The requester may not be in the team of the subject; `arbitraryState`
 * corrects such subjects.
 */
export function arbitraryAccessRequest(names: Names, id: string): fc.Arbitrary<Rows['accessRequests']> {
  const number = names.plans.indexOf(id)
  const requester = names.users[number % names.users.length] ?? ''
  const group = names.accessGroups[0] ?? ''
  const subjects: RequestSubject[] = [
    { type: 'user', id: requester },
    ...names.teams.map((team) => ({ type: 'member' as const, team, user: requester })),
    ...names.virtualAccounts.map((account) => ({ type: 'virtualAccount' as const, id: account })),
  ]
  const end = { at: origin + 1200, by: { type: 'system' } } as const
  const outcomes: (RequestOutcome | undefined)[] = [
    undefined,
    { type: 'approved', ...end, accessGroup: group, expiresAt: origin + 61_200 },
    { type: 'denied', ...end, note: 'not now' },
    { type: 'cancelled', at: end.at, cause: 'subject' },
  ]
  const fields = record<Omit<Rows['accessRequests'], 'outcome' | 'organization'>>({
    id: fc.constant(id),
    requester: fc.constant(requester),
    subject: fc.constantFrom(...subjects),
    wanted: fc.constantFrom<Wanted>(
      { type: 'accessGroup', id: group },
      { type: 'model', name: names.modelAliases[0] ?? group },
    ),
    reason: fc.constant('a demo'),
    duration: fc.constant(60_000),
    expiresAt: arbitraryInstant,
    createdAt: fc.constant(origin + 1000),
  })
  return fields.map((row) => {
    const outcome = outcomes[(row.expiresAt + number) % outcomes.length]
    return { ...row, ...(outcome === undefined ? {} : { outcome }) }
  })
}
