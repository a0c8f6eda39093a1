import { dropRow, putRow } from '../model/put-row.ts'
import type { State } from '../model/state.ts'
import type { CreateRestriction, DeleteRestriction } from './command/restriction.ts'
import { accept, type Decided, happened, reject } from './decided.ts'
import type { RestrictionCreated, RestrictionDeleted } from './event/restriction.ts'
import { refuseExisting, refuseUnknown, refuseUnknownSelector, refuseUnknownSubject } from './reference.ts'
import { refuseWindow, windowBetween } from './window.ts'

export function createRestriction(command: CreateRestriction, state: State): Decided {
  const { at, restriction, subject, selector, note } = command
  const refused =
    refuseUnknownSubject(subject, state) ??
    refuseUnknownSelector(selector, state) ??
    refuseExisting('restriction', restriction, ['restriction'], state) ??
    refuseWindow(command, at)
  if (refused) return reject(refused)
  const window = windowBetween(command)
  return accept(happened(command, 'RestrictionCreated', { restriction, subject, selector, window, note }))
}

export function restrictionCreated(state: State, event: RestrictionCreated): State {
  const { at, restriction, subject, selector, window, note } = event
  return putRow(state, 'restrictions', {
    id: restriction,
    subject,
    selector,
    window,
    note,
    createdAt: at,
  })
}

export function deleteRestriction(command: DeleteRestriction, state: State): Decided {
  const { restriction } = command
  const refused = refuseUnknown('restriction', restriction, ['restriction'], state)
  return refused ? reject(refused) : accept(happened(command, 'RestrictionDeleted', { restriction }))
}

export function restrictionDeleted(state: State, { restriction }: RestrictionDeleted): State {
  return dropRow(state, 'restrictions', restriction)
}
