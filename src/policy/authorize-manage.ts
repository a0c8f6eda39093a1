import type { State } from '../model/state/state.ts'
import type { Agent } from '../model/value/principal.ts'
import { authenticate } from './authenticate.ts'
import { findCaller } from './caller.ts'
import type { Denied, ManageDecision } from './decision.ts'
import { deny, isDenied } from './deny.ts'
import { evaluationTimeOf, noteBoundary, untilOf } from './evaluation-time.ts'
import { findPower } from './manage.ts'
import type { ManageRequest } from './request.ts'

/** Decides whether the caller may manage a thing: by the same answer that `apply` gives a command's actor. */
export function authorizeManage({ who, thing, at }: ManageRequest, state: State): ManageDecision {
  const moment = evaluationTimeOf(at)
  const asking = authenticate(who, state, moment)
  if (isDenied(asking)) return asking
  const { principal, credential } = asking

  const caller = findCaller(principal, undefined, state)
  if (isDenied(caller)) return caller

  if (credential !== undefined && credential.scope.type !== 'all') {
    const level = { type: 'credential', id: credential.id } as const
    return deny(
      'credential_out_of_scope',
      level,
      [{ type: 'widen_scope', credential: credential.id, to: 'all' }],
      state,
    )
  }
  const power = principal.type === 'team' ? undefined : findPower(principal as Agent, thing, state, at)
  if (power === undefined) return notGranted(state)
  if (power.until !== undefined) noteBoundary(moment, power.until)
  return {
    effect: 'allow',
    type: 'manage',
    principal,
    power: power.power,
    ...untilOf(moment),
    version: state.version,
  }
}

function notGranted(state: State): Denied {
  return deny('management_not_granted', { type: 'thing' }, [{ type: 'ask_administrator' }], state)
}
