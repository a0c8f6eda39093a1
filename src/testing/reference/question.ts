import type { ModelAlias } from '../../model/noun/model-alias.ts'
import type { State } from '../../model/state/state.ts'
import type { Route } from '../../policy/decision/decision.ts'
import type { UseRequest } from '../../policy/request/request.ts'
import type { Caller } from './caller.ts'

/** A question to use a model, with the caller and the name resolved. */
export interface Question {
  readonly request: UseRequest
  readonly caller: Caller
  readonly state: State
  /** The name's alias, unless the name is concrete. */
  readonly alias?: ModelAlias
  readonly targets: readonly Route[]
}
