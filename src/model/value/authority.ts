import { z } from 'zod'

/**
 * The power that suspended a row: the platform (`system` or an administrator), an admin of the organization, a manager of
 * the team, the owner of the credential, or a manager of the provider account.
 */
export const Authority = z.enum(['platform', 'organization', 'team', 'owner', 'providerAccount'])
export type Authority = z.infer<typeof Authority>

/** The authorities directly below each authority. */
const below: { readonly [A in Authority]: readonly Authority[] } = {
  platform: ['organization', 'providerAccount'],
  organization: ['team'],
  team: ['owner'],
  owner: [],
  providerAccount: [],
}

/** Whether an authority is another one or stands above it. Of two unrelated authorities, neither includes the other. */
export function includesAuthority(authority: Authority, other: Authority): boolean {
  return authority === other || below[authority].some((lower) => includesAuthority(lower, other))
}

/** The words for each authority in messages, after "suspended by". */
export const authorityNames: { readonly [A in Authority]: string } = {
  platform: 'the platform',
  organization: 'an admin of the organization',
  team: 'a manager of the team',
  owner: 'the owner',
  providerAccount: 'a manager of the provider account',
}

/** For each authority, the words for the actors that may lift its suspensions: those with this authority or a higher one. */
export const lifterNames: { readonly [A in Authority]: string } = {
  platform: 'an administrator',
  organization: 'an admin of the organization or an administrator',
  team: 'a manager of the team, an admin of its organization or an administrator',
  owner: 'the owner or an administrator',
  providerAccount: 'a manager of the provider account or an administrator',
}
