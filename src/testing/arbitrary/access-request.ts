import fc from 'fast-check'
import type { RequestOutcome, RequestSubject, Wanted } from '../../model/noun/access-request.ts'
import type { Rows } from '../../model/state/state.ts'
import type { Names } from './name.ts'
import { origin } from './window.ts'

/**
 * Returns an access request, pending or ended. The names determine it, since no decision reads it. The requester may not be
 * in the team of the subject; `arbitraryState` corrects such subjects.
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
  const pick = <T>(list: readonly T[]): T =>
    list[(number + names.teams.length + names.models.length) % list.length] as T
  const outcome = pick(outcomes)
  return fc.constant({
    id,
    requester,
    subject: pick(subjects),
    wanted: pick<Wanted>([
      { type: 'accessGroup', id: group },
      { type: 'model', name: names.modelAliases[0] ?? group },
    ]),
    reason: 'a demo',
    duration: 60_000,
    expiresAt: origin + 1000 * pick([1, 2, 3, 5, 7]),
    createdAt: origin + 1000,
    ...(outcome === undefined ? {} : { outcome }),
  })
}
