import type { AppliedAs } from '../../../src/change/apply-as.ts'
import type { Command } from '../../../src/change/message/command.ts'
import type { Who } from '../../../src/policy/request/request.ts'
import { alias, digest, office, stateAfter, user } from './story.ts'

/** The organization admin of acme. */
export const olga = user('olga')

/**
 * The state `office` with credentials: one token of each kind for olga, and a token with full scope for root, the
 * administrator.
 */
export const secrets = stateAfter(
  office,
  { type: 'IssueCredential', credential: 'whole', owner: olga, digest: digest('e') },
  {
    type: 'IssueCredential',
    credential: 'narrow',
    owner: olga,
    digest: digest('f'),
    scope: { type: 'list', selectors: [alias('gpt-4')] },
  },
  { type: 'IssueCredential', credential: 'short', owner: olga, digest: digest('1'), expiresAt: 1_700_000_001_500 },
  { type: 'IssueCredential', credential: 'revoked', owner: olga, digest: digest('2') },
  { type: 'RevokeCredential', credential: 'revoked' },
  { type: 'IssueCredential', credential: 'root', owner: user('root'), digest: digest('3') },
)
export const credential = (id: string): Who => ({ type: 'credential', id })
export const createTeam = { type: 'CreateTeam', team: 'new', organization: 'acme' } as const

/** Formats the result of `applyAs`: `accepted`, `denied` and the reason, or `rejected` and the code. */
export function wordFor(applied: AppliedAs): string {
  if (applied.ok) return 'accepted'
  return applied.denial ? `denied ${applied.denial.reason}` : `rejected ${applied.rejection.code}`
}

/** Removes the actor and the instant from a command, as a caller sends it. */
export function bodyOf({ actor: _, at: __, ...body }: Command): object {
  return body
}
