import type { Entitlement } from '../model/noun/organization.ts'

const listed = new WeakMap<Entitlement, ReadonlySet<string>>()

/** Whether an entitlement lets a group through. A long list is hashed once, when it is first asked. */
export function admitsGroup(entitlement: Entitlement, accessGroup: string): boolean {
  if (entitlement.type === 'unlimited') return true
  if (entitlement.accessGroups.length <= 8) return entitlement.accessGroups.includes(accessGroup)
  let set = listed.get(entitlement)
  if (set === undefined) {
    set = new Set(entitlement.accessGroups)
    listed.set(entitlement, set)
  }
  return set.has(accessGroup)
}
