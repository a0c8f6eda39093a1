import * as z from 'zod'

/**
 * The power by which an actor suspended a row. `platform` is `system` or an administrator. The other powers are an
 * admin of the organization, a manager of the team, the owner of the credential, and a manager of the provider account.
 */
export const Authority = z.enum(['platform', 'organization', 'team', 'owner', 'providerAccount'])
export type Authority = z.infer<typeof Authority>

/**
 * For each authority, the authorities directly below. A suspension can be lifted by its own authority or a higher one.
 */
const below: { readonly [A in Authority]: readonly Authority[] } = {
  platform: ['organization', 'providerAccount'],
  organization: ['team'],
  team: ['owner'],
  owner: [],
  providerAccount: [],
}

/** Whether `authority` equals `other` or is above `other`. False for two unrelated authorities. */
export function includesAuthority(authority: Authority, other: Authority): boolean {
  return authority === other || below[authority].some((lower) => includesAuthority(lower, other))
}

/** For each authority, its name in messages, after "suspended by". */
export const authorityNames: { readonly [A in Authority]: string } = {
  platform: 'the platform',
  organization: 'an admin of the organization',
  team: 'a manager of the team',
  owner: 'the owner',
  providerAccount: 'a manager of the provider account',
}

/**
 * For each authority, the actors that may lift its suspensions, as named in messages. They have this authority or a
 * higher one.
 */
export const lifterNames: { readonly [A in Authority]: string } = {
  platform: 'an administrator',
  organization: 'an admin of the organization or an administrator',
  team: 'a manager of the team, an admin of its organization or an administrator',
  owner: 'the owner or an administrator',
  providerAccount: 'a manager of the provider account or an administrator',
}
