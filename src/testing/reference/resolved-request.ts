import type { ModelAlias } from '../../model/noun/model-alias.ts'
import type { State } from '../../model/state/state.ts'
import type { Route } from '../../policy/decision/decision.ts'
import type { UseRequest } from '../../policy/request/request.ts'
import type { Caller } from './caller.ts'

/** A use request with its caller and model name resolved. */
export interface ResolvedRequest {
  readonly request: UseRequest
  readonly caller: Caller
  readonly state: State
  /** The alias with the requested name. Absent when the requested name is a concrete model. */
  readonly alias?: ModelAlias
  readonly targets: readonly Route[]
}
