import { findSuccessor, type Lifecycle, type Target } from '../../model/noun/model-alias.ts'
import { dropRow, putRow } from '../../model/state/put-row.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { drop, findRow, getRow } from '../../model/table/table.ts'
import { quote } from '../../model/value/quote.ts'
import type {
  ActivateModelAlias,
  CreateModelAlias,
  DeleteModelAlias,
  DeprecateModelAlias,
  RetireModelAlias,
  SetModelAliasTargets,
  UpdateModelAlias,
} from '../message/command/model-alias.ts'
import type { Envelope } from '../message/envelope.ts'
import type {
  ModelAliasActivated,
  ModelAliasCreated,
  ModelAliasDeleted,
  ModelAliasDeprecated,
  ModelAliasRetired,
  ModelAliasTargetsSet,
  ModelAliasUpdated,
} from '../message/event/model-alias.ts'
import type { Event } from '../message/event.ts'
import { type Reference, type Rejection, rejection } from '../message/rejection.ts'
import { accept, acceptAll, type Decided, eventOf, reject, unchanged } from '../rule/decided.ts'
import { refuseExisting, refuseReferenced, refuseUnknown, refuseUnknownTarget } from '../rule/reference.ts'
import { assign, changeRow, changesOf, distinct, isSame } from '../rule/row.ts'
import { withoutSelectors } from '../rule/target.ts'
import { refusePast } from '../rule/window.ts'

export function createModelAlias(command: CreateModelAlias, state: State): Decided {
  const { alias, description, targets } = command
  const refused = refuseUnknownTargets(targets, state) ?? refuseExisting('modelAlias', alias, ['alias'], state)
  if (refused) return reject(refused)
  return accept(eventOf(command, 'ModelAliasCreated', { alias, description, targets: withoutRepeats(targets) }))
}

export function modelAliasCreated(state: State, { at, alias, description, targets }: ModelAliasCreated): State {
  return putRow(state, 'modelAliases', {
    id: alias,
    description,
    targets,
    lifecycle: { type: 'active' },
    createdAt: at,
  })
}

export function updateModelAlias(command: UpdateModelAlias, state: State): Decided {
  const { alias, description } = command
  const refused = refuseUnknown('modelAlias', alias, ['alias'], state)
  if (refused) return reject(refused)
  const changes = changesOf(getRow(state.modelAliases, alias), { description })
  return changes ? accept(eventOf(command, 'ModelAliasUpdated', { alias, ...changes })) : unchanged
}

export function modelAliasUpdated(state: State, { alias, description }: ModelAliasUpdated): State {
  return changeRow(state, 'modelAliases', alias, (draft) => assign(draft, { description }))
}

export function setModelAliasTargets(command: SetModelAliasTargets, state: State): Decided {
  const { alias } = command
  const refused = refuseUnknownTargets(command.targets, state) ?? refuseUnknown('modelAlias', alias, ['alias'], state)
  if (refused) return reject(refused)
  const targets = withoutRepeats(command.targets)
  return isSame(getRow(state.modelAliases, alias).targets, targets)
    ? unchanged
    : accept(eventOf(command, 'ModelAliasTargetsSet', { alias, targets }))
}

export function modelAliasTargetsSet(state: State, { alias, targets }: ModelAliasTargetsSet): State {
  return changeRow(state, 'modelAliases', alias, (draft) => {
    draft.targets = targets
  })
}

/** Refuses the first target whose provider account does not exist or does not serve the model. */
export function refuseUnknownTargets(targets: readonly Target[], state: State): Rejection | undefined {
  for (const [i, target] of targets.entries()) {
    const refused = refuseUnknownTarget(target, ['targets', i], state)
    if (refused) return refused
  }
  return undefined
}

function withoutRepeats(targets: readonly Target[]): readonly Target[] {
  return distinct(targets, ({ providerAccount, model }) => JSON.stringify([providerAccount, model]))
}

export function deprecateModelAlias(command: DeprecateModelAlias, state: State): Decided {
  const { at, alias, sunsetAt } = command
  const refused =
    refuseUnknownAlias(command, state) ?? refusePast(sunsetAt, at, ['sunsetAt']) ?? refuseCycle(command, state)
  if (refused) return reject(refused)
  const successor = successorOf(command, state)
  return isSame(getRow(state.modelAliases, alias).lifecycle, endingWith({ type: 'deprecated', sunsetAt }, successor))
    ? unchanged
    : accept(eventOf(command, 'ModelAliasDeprecated', { alias, sunsetAt, successor }))
}

export function modelAliasDeprecated(state: State, { alias, sunsetAt, successor }: ModelAliasDeprecated): State {
  return withLifecycle(state, alias, endingWith({ type: 'deprecated', sunsetAt }, successor))
}

export function retireModelAlias(command: RetireModelAlias, state: State): Decided {
  const { alias } = command
  const refused = refuseUnknownAlias(command, state) ?? refuseCycle(command, state)
  if (refused) return reject(refused)
  const successor = successorOf(command, state)
  return isSame(getRow(state.modelAliases, alias).lifecycle, endingWith({ type: 'retired' }, successor))
    ? unchanged
    : accept(eventOf(command, 'ModelAliasRetired', { alias, successor }))
}

export function modelAliasRetired(state: State, { alias, successor }: ModelAliasRetired): State {
  return withLifecycle(state, alias, endingWith({ type: 'retired' }, successor))
}

export function activateModelAlias(command: ActivateModelAlias, state: State): Decided {
  const { alias } = command
  const refused = refuseUnknown('modelAlias', alias, ['alias'], state)
  if (refused) return reject(refused)
  return getRow(state.modelAliases, alias).lifecycle.type === 'active'
    ? unchanged
    : accept(eventOf(command, 'ModelAliasActivated', { alias }))
}

export function modelAliasActivated(state: State, { alias }: ModelAliasActivated): State {
  return withLifecycle(state, alias, { type: 'active' })
}

function withLifecycle(state: State, alias: string, lifecycle: Lifecycle): State {
  return changeRow(state, 'modelAliases', alias, (draft) => {
    draft.lifecycle = lifecycle
  })
}

type Ending = Exclude<Lifecycle, { type: 'active' }>

function endingWith(ending: Ending, successor: string | undefined): Lifecycle {
  return successor === undefined ? ending : { ...ending, successor }
}

type Succession = Pick<RetireModelAlias, 'alias' | 'successor'>

/**
 * The successor of an alias after a command. Without `successor` in the command, the alias keeps its old successor;
 * `null` removes the successor.
 */
function successorOf({ alias, successor }: Succession, state: State): string | undefined {
  return successor === undefined ? findSuccessor(getRow(state.modelAliases, alias)) : (successor ?? undefined)
}

/** Refuses an alias or a successor that does not exist. */
export function refuseUnknownAlias({ alias, successor }: Succession, state: State): Rejection | undefined {
  return (
    refuseUnknown('modelAlias', alias, ['alias'], state) ??
    (typeof successor === 'string' ? refuseUnknown('modelAlias', successor, ['successor'], state) : undefined)
  )
}

/** Refuses a successor whose own successors lead back to the alias. The state has no cycle, so the walk ends. */
export function refuseCycle({ alias, successor }: Succession, state: State): Rejection | undefined {
  const cycle = [alias]
  for (let next = successor ?? undefined; next !== undefined; next = successorFrom(next, state)) {
    cycle.push(next)
    if (next !== alias) continue
    const message = `the successors of ${quote(alias)} would lead back to it, name another successor`
    return rejection('successor_cycle', ['successor'], message, { cycle })
  }
  return undefined
}

function successorFrom(alias: string, state: State): string | undefined {
  const row = findRow(state.modelAliases, alias)
  return row && findSuccessor(row)
}

export function deleteModelAlias(command: DeleteModelAlias, state: State): Decided {
  const { alias, cascade } = command
  const reference: Reference = { type: 'modelAlias', id: alias }
  const refused =
    refuseUnknown('modelAlias', alias, ['alias'], state) ??
    (cascade === true
      ? undefined
      : refuseReferenced('model_alias_referenced', reference, ['alias'], references(alias, state)))
  return refused ? reject(refused) : acceptAll(modelAliasDeletion(command, state))
}

function* references(alias: string, state: State): IterableIterator<Reference> {
  const { aliasAccessGroups, aliasPredecessors, aliasRestrictions, aliasCredentials } = state.index
  for (const id of related(aliasAccessGroups, alias)) yield { type: 'accessGroup', id }
  for (const id of related(aliasPredecessors, alias)) yield { type: 'modelAlias', id }
  for (const id of related(aliasRestrictions, alias)) yield { type: 'restriction', id }
  for (const id of related(aliasCredentials, alias)) yield { type: 'credential', id }
}

/** The events that delete an alias. */
export function* modelAliasDeletion(
  command: Envelope & Pick<DeleteModelAlias, 'alias'>,
  state: State,
): IterableIterator<Event> {
  const { alias } = command
  for (const restriction of related(state.index.aliasRestrictions, alias)) {
    yield eventOf(command, 'RestrictionDeleted', { restriction })
  }
  yield eventOf(command, 'ModelAliasDeleted', { alias })
}

export function modelAliasDeleted(state: State, { alias }: ModelAliasDeleted): State {
  let next = state
  for (const id of related(state.index.aliasAccessGroups, alias)) {
    next = changeRow(next, 'accessGroups', id, (draft, { aliases }) => {
      draft.aliases = drop(aliases, alias)
    })
  }
  for (const id of related(state.index.aliasPredecessors, alias)) {
    next = withLifecycle(next, id, withoutSuccessor(getRow(next.modelAliases, id).lifecycle))
  }
  next = withoutSelectors(
    next,
    related(state.index.aliasCredentials, alias),
    (selector) => selector.type === 'alias' && selector.alias === alias,
  )
  return dropRow(next, 'modelAliases', alias)
}

function withoutSuccessor(lifecycle: Lifecycle): Lifecycle {
  if (lifecycle.type === 'active') return lifecycle
  const { successor: _, ...ending } = lifecycle
  return ending
}
