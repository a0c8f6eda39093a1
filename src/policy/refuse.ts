import type { State } from '../model/state/state.ts'
import { getRow } from '../model/table/table.ts'
import type { Denied } from './decision/decision.ts'
import type { DenialLevel } from './decision/denial.ts'
import { deny } from './decision/deny.ts'
import type { Outcome, Question } from './route/evaluate.ts'

/** The denial of the step that left a context without routes. */
export function refuse(outcome: Outcome & { readonly ok: false }, question: Question): Denied {
  const { resolved, credential, state } = question
  const { context, step, restrictions } = outcome
  const model = { type: 'model', id: resolved.name } as const
  switch (step) {
    case 'model_not_granted': {
      const principals = context.members.map(({ type, row }) => ({ type, id: row.id }))
      const level = { type: context.payer.type, id: context.payer.row.id }
      return deny(step, level, [{ type: 'grant_access', principals, model: resolved.name }], state)
    }
    case 'model_restricted':
      return deny(step, subjectOf(restrictions[0], state), [{ type: 'lift_restriction', restrictions }], state)
    case 'credential_out_of_scope': {
      const id = credential?.id ?? ''
      const remedy = question.isOtherTeam
        ? ({ type: 'name_own_team' } as const)
        : ({ type: 'widen_scope', credential: id } as const)
      return deny(step, { type: 'credential', id }, [remedy], state)
    }
    case 'model_unavailable':
      return deny(step, model, [{ type: 'activate_model', model: resolved.name }], state)
  }
}

function subjectOf(restriction: string | undefined, state: State): DenialLevel {
  return restriction === undefined ? { type: 'everyone' } : getRow(state.restrictions, restriction).subject
}
