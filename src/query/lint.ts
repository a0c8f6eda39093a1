import { z } from 'zod'
import { Instant } from '../model/instant.ts'
import type { State } from '../model/state.ts'
import { rowsOf } from '../model/table.ts'
import { findInAlias } from './lint/alias-rule.ts'
import { findInCredential } from './lint/credential-rule.ts'
import { compareFindings, type Draft, type Finding, findingOf } from './lint/finding.ts'
import { findInGroup } from './lint/group-rule.ts'
import { findInPrincipal } from './lint/principal-rule.ts'
import { findInRestriction } from './lint/restriction-rule.ts'
import { type Scene, sceneOf } from './lint/scene.ts'
import { settle } from './lint/settle.ts'
import { answerQuery, parseQuery, type Unanswered } from './query-fault.ts'

/** What lint has found, in the order of `findingCodes`, then of the subjects. */
export interface Lint {
  readonly ok: true
  readonly findings: readonly Finding[]
  readonly version: number
}

const Options = z.strictObject({ at: Instant })

/**
 * What of a state could be tidier at an instant, each with the commands that mend it. Applying a fix removes its finding
 * and adds none, and takes no access but what the usage log shows to be unused. Costs what the state holds.
 */
export function lint(state: State, options: z.input<typeof Options>): Lint | Unanswered {
  const parsed = parseQuery(Options, options, { state })
  if (!parsed.ok) return parsed
  const { at } = parsed.query
  return answerQuery('state', () => {
    const findings = findAll(sceneOf(state, at, undefined))
    return { ok: true, findings, version: state.version }
  })
}

function findAll(scene: Scene): readonly Finding[] {
  return [...drafts(scene)]
    .map((draft) => settle(draft, scene))
    .sort(compareFindings)
    .map(findingOf)
}

function* drafts(scene: Scene): IterableIterator<Draft> {
  const { state } = scene
  for (const alias of rowsOf(state.modelAliases)) yield* findInAlias(alias, scene)
  for (const group of rowsOf(state.accessGroups)) yield* findInGroup(group, scene)
  for (const row of rowsOf(state.users)) yield* findInPrincipal({ type: 'user', row }, scene)
  for (const row of rowsOf(state.teams)) yield* findInPrincipal({ type: 'team', row }, scene)
  for (const row of rowsOf(state.virtualAccounts)) yield* findInPrincipal({ type: 'virtualAccount', row }, scene)
  for (const restriction of rowsOf(state.restrictions)) yield* findInRestriction(restriction, scene)
  for (const credential of rowsOf(state.credentials)) yield* findInCredential(credential, scene)
}
