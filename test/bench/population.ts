import type { AccessGroupText } from '../../src/model/noun/access-group.ts'
import type { AccessRequest } from '../../src/model/noun/access-request.ts'
import type { Credential } from '../../src/model/noun/credential.ts'
import type { ModelAlias } from '../../src/model/noun/model-alias.ts'
import type { Organization } from '../../src/model/noun/organization.ts'
import type { Plan } from '../../src/model/noun/plan.ts'
import type { ProviderAccountText } from '../../src/model/noun/provider-account.ts'
import type { Restriction } from '../../src/model/noun/restriction.ts'
import type { Team } from '../../src/model/noun/team.ts'
import type { User } from '../../src/model/noun/user.ts'
import type { VirtualAccount } from '../../src/model/noun/virtual-account.ts'
import type { Agent } from '../../src/model/value/principal.ts'
import type { Maker, Size } from './maker.ts'
import { makeCatalogue } from './population-catalogue.ts'
import { makePeople } from './population-people.ts'
import { Random } from './random.ts'

export const small: Size = {
  name: '1k',
  users: 1_000,
  teams: 100,
  organizations: 10,
  aliases: 1_000,
  groups: 100,
  providerAccounts: 30,
  modelsPerAccount: 200,
  plans: 10,
  virtualAccounts: 20,
}

export const large: Size = {
  name: '1M',
  users: 1_000_000,
  teams: 100_000,
  organizations: 1_000,
  aliases: 10_000,
  groups: 1_000,
  providerAccounts: 40,
  modelsPerAccount: 300,
  plans: 20,
  virtualAccounts: 5_000,
}

/** Every row of a state, in the form of a snapshot. */
export interface Population {
  readonly administrators: readonly Agent[]
  readonly organizations: readonly Organization[]
  readonly users: readonly User[]
  readonly teams: readonly Team[]
  readonly virtualAccounts: readonly VirtualAccount[]
  readonly credentials: readonly Credential[]
  readonly providerAccounts: readonly ProviderAccountText[]
  readonly modelAliases: readonly ModelAlias[]
  readonly accessGroups: readonly AccessGroupText[]
  readonly restrictions: readonly Restriction[]
  readonly plans: readonly Plan[]
  readonly accessRequests: readonly AccessRequest[]
}

/** The population without any row. */
export const emptyPopulation: Population = {
  administrators: [],
  organizations: [],
  users: [],
  teams: [],
  virtualAccounts: [],
  credentials: [],
  providerAccounts: [],
  modelAliases: [],
  accessGroups: [],
  restrictions: [],
  plans: [],
  accessRequests: [],
}

/** A population of this size. The same size and seed give the same rows. */
export function makePopulation(size: Size, seed = 20_260_731): Population {
  let incarnation = 0
  const maker: Maker = {
    size,
    random: new Random(seed),
    nextIncarnation: () => {
      incarnation += 1
      return incarnation
    },
  }
  const catalogue = makeCatalogue(maker)
  return { ...catalogue, ...makePeople(maker, catalogue), accessRequests: [] }
}
