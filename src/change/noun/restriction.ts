import { dropRow, putRow } from '../../model/state/put-row.ts'
import type { State } from '../../model/state/state.ts'
import type { CreateRestriction, DeleteRestriction } from '../message/command/restriction.ts'
import type { RestrictionCreated, RestrictionDeleted } from '../message/event/restriction.ts'
import { accept, type Decided, eventOf, reject } from '../rule/decided.ts'
import { refuseExisting, refuseUnknown, refuseUnknownSelector, refuseUnknownSubject } from '../rule/reference.ts'
import { refuseWindow, windowBetween } from '../rule/window.ts'

export function createRestriction(command: CreateRestriction, state: State): Decided {
  const { at, restriction, subject, selector, note } = command
  const refused =
    refuseUnknownSubject(subject, state) ??
    refuseUnknownSelector(selector, ['selector'], state) ??
    refuseExisting('restriction', restriction, ['restriction'], state) ??
    refuseWindow(command, at)
  if (refused) return reject(refused)
  const window = windowBetween(command)
  return accept(eventOf(command, 'RestrictionCreated', { restriction, subject, selector, window, note }))
}

export function restrictionCreated(state: State, event: RestrictionCreated): State {
  const { at, restriction, subject, selector, window, note } = event
  return putRow(state, 'restrictions', { id: restriction, subject, selector, window, note, createdAt: at })
}

export function deleteRestriction(command: DeleteRestriction, state: State): Decided {
  const { restriction } = command
  const refused = refuseUnknown('restriction', restriction, ['restriction'], state)
  return refused ? reject(refused) : accept(eventOf(command, 'RestrictionDeleted', { restriction }))
}

export function restrictionDeleted(state: State, { restriction }: RestrictionDeleted): State {
  return dropRow(state, 'restrictions', restriction)
}
