import type { AccessGroup } from '../../model/access-group.ts'
import type { RoleGrant } from '../../model/holding.ts'
import type { ModelAlias } from '../../model/model-alias.ts'
import type { Subject } from './principal-row.ts'
import type { Scene } from './scene.ts'

/** What a usage log says, looked up by who and what. */
export interface Used {
  /** Whether the log says who managed what, for as long as is asked about. */
  readonly reachesPowers: boolean
}

/** Whether nobody acted as manager of an account by a principal's role for as long as is asked about. */
export function isPowerUnused(
  _subject: Subject,
  _providerAccount: string,
  _grant: RoleGrant,
  { used }: Scene,
): boolean {
  return used !== undefined && false
}

/** Whether nobody asked for a deprecated alias for as long as is asked about. */
export function isNameUnused(_alias: ModelAlias, _group: AccessGroup, { used }: Scene): boolean {
  return used !== undefined && false
}
