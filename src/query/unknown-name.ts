import { wordOf } from '../change/rule/reference.ts'
import type { Principal } from '../model/value/principal.ts'
import { quote } from '../model/value/quote.ts'
import { type QueryFailure, type QueryFault, queryFailure } from './query-fault.ts'

const principalCodes = {
  user: 'user_unknown',
  team: 'team_unknown',
  virtualAccount: 'virtual_account_unknown',
} as const

/** Makes the failure of a query about a principal that does not exist. */
export function unknownPrincipal({ type, id }: Principal, path: QueryFault['path']): QueryFailure {
  return queryFailure(principalCodes[type], path, `${wordOf(type)} ${quote(id)} does not exist`)
}

/** Makes the failure of a query about a model name that is neither an alias nor a model of a provider account. */
export function unknownModel(model: string, path: QueryFault['path']): QueryFailure {
  return queryFailure('model_unknown', path, `no alias and no concrete model is named ${quote(model)}`)
}

/** Makes the failure of a query about an access group that does not exist. */
export function unknownAccessGroup(accessGroup: string, path: QueryFault['path']): QueryFailure {
  return queryFailure('access_group_unknown', path, `access group ${quote(accessGroup)} does not exist`)
}

/** Makes the failure of a query about a provider account that does not exist. */
export function unknownProviderAccount(providerAccount: string, path: QueryFault['path']): QueryFailure {
  return queryFailure('provider_account_unknown', path, `provider account ${quote(providerAccount)} does not exist`)
}
