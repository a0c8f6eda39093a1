import { z } from 'zod'
import { wordOf } from '../../change/rule/reference.ts'
import type { Principal } from '../../model/value/principal.ts'
import { quote } from '../../model/value/quote.ts'
import { Name } from '../../policy/request/request.ts'
import { lazy } from '../lazy.ts'
import { type QueryFailure, type QueryFault, queryFailure } from '../query-fault.ts'

/** The schema of a principal in a query. Any string is accepted as its id, because an unknown id has its own fault. */
export const PrincipalReference = /* @__PURE__ */ lazy(() =>
  z.strictObject({ type: z.enum(['user', 'team', 'virtualAccount']), id: Name }),
)

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
