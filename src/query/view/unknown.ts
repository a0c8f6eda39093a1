import { wordOf } from '../../change/rule/reference.ts'
import type { Principal } from '../../model/value/principal.ts'
import { quote } from '../../model/value/quote.ts'
import { type QueryFailure, type QueryFault, queryFailure } from '../query-fault.ts'

const codes = { user: 'user_unknown', team: 'team_unknown', virtualAccount: 'virtual_account_unknown' } as const

/** The failure of a query about a principal that does not exist. */
export function unknownPrincipal({ type, id }: Principal, path: QueryFault['path']): QueryFailure {
  return queryFailure(codes[type], path, `there is no ${wordOf(type)} ${quote(id)}`)
}

/** The failure of a query about a model name that is neither an alias nor a model of a provider account. */
export function unknownModel(model: string, path: QueryFault['path']): QueryFailure {
  const message = `there is no alias ${quote(model)}, and no provider account serves a model by that name`
  return queryFailure('model_unknown', path, message)
}
