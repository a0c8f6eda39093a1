import { freeze } from 'immer'
import type { Target } from '../../model/noun/model-alias.ts'
import type { Model } from '../../model/noun/provider-account.ts'
import type { State } from '../../model/state/state.ts'
import { getRow, put, type Table } from '../../model/table/table.ts'
import type { Status } from '../../model/value/status.ts'
import type { Envelope } from '../message/envelope.ts'
import type { Event } from '../message/event.ts'
import type { Rejection } from '../message/rejection.ts'
import { accept, type Decided, eventOf, reject, unchanged } from './decided.ts'
import { kindOf, refuseUnknown, refuseUnlisted } from './reference.ts'
import { changeRow } from './row.ts'

/** For each noun with a status, the types of the events that record a suspension and the end of a suspension. */
const statusEvents = {
  organization: { suspended: 'OrganizationSuspended', active: 'OrganizationActivated' },
  user: { suspended: 'UserSuspended', active: 'UserActivated' },
  team: { suspended: 'TeamSuspended', active: 'TeamActivated' },
  virtualAccount: { suspended: 'VirtualAccountSuspended', active: 'VirtualAccountActivated' },
  providerAccount: { suspended: 'ProviderAccountSuspended', active: 'ProviderAccountActivated' },
  model: { suspended: 'ModelSuspended', active: 'ModelActivated' },
} as const satisfies { readonly [noun: string]: { readonly [S in Status]: Event['type'] } }

type StatusNoun = keyof typeof statusEvents
type StatusRowNoun = Exclude<StatusNoun, 'model'>

/** The fields by which a command or an event names a row that has a status. */
type NameOf<N extends StatusNoun> = N extends 'model' ? Target : { readonly [Field in N]: string }

/**
 * The functions that `suspend` and `activate` need for one kind of row. The functions get the row's name from a
 * message, refuse an unknown row, read the status, and store a new status.
 */
interface StatusRow<Name> {
  readonly nameIn: (message: Name) => Name
  readonly refuse: (name: Name, state: State) => Rejection | undefined
  readonly statusOf: (name: Name, state: State) => Status
  readonly put: (state: State, name: Name, status: Status) => State
}

function rowOf<N extends StatusRowNoun>(noun: N): StatusRow<{ readonly [Field in N]: string }> {
  const kind = kindOf(noun)
  return {
    nameIn: (message) => ({ [noun]: message[noun] }) as { readonly [Field in N]: string },
    refuse: (name, state) => refuseUnknown(noun, name[noun], [noun], state),
    statusOf: (name, state) => getRow(state[kind] as Table<{ readonly status: Status }>, name[noun]).status,
    put: (state, name, status) =>
      changeRow(state, kind, name[noun], (draft) => {
        draft.status = status
      }),
  }
}

const modelRow: StatusRow<Target> = {
  nameIn: ({ providerAccount, model }) => ({ providerAccount, model }),
  refuse: (target, state) => refuseUnlisted(target, [], state),
  statusOf: ({ providerAccount, model }, state) =>
    getRow(getRow(state.providerAccounts, providerAccount).models, model).status,
  put: (state, { providerAccount, model }, status) =>
    changeRow(state, 'providerAccounts', providerAccount, (draft, { models }) => {
      draft.models = put<Model>(models, model, freeze({ id: model, status }))
    }),
}

const rows: { readonly [N in StatusNoun]: StatusRow<NameOf<N>> } = {
  organization: rowOf('organization'),
  user: rowOf('user'),
  team: rowOf('team'),
  virtualAccount: rowOf('virtualAccount'),
  providerAccount: rowOf('providerAccount'),
  model: modelRow,
}

type Command<N extends StatusNoun> = Envelope & NameOf<N>
type Refuse<N extends StatusNoun> = (command: Command<N>, state: State) => Rejection | undefined
const refuseNothing = (): undefined => undefined

/** Makes the function that decides a suspension. `refuse` runs after the check that the row exists. */
export function suspend<N extends StatusNoun>(noun: N, refuse: Refuse<N> = refuseNothing) {
  return (command: Command<N>, state: State): Decided => {
    const refused = rows[noun].refuse(command, state) ?? refuse(command, state)
    return refused ? reject(refused) : changeStatus(noun, command, 'suspended', state)
  }
}

/** Makes the function that decides the end of a suspension. `refuse` runs before the check that the row exists. */
export function activate<N extends StatusNoun>(noun: N, refuse: Refuse<N> = refuseNothing) {
  return (command: Command<N>, state: State): Decided => {
    const refused = refuse(command, state) ?? rows[noun].refuse(command, state)
    return refused ? reject(refused) : changeStatus(noun, command, 'active', state)
  }
}

function changeStatus<N extends StatusNoun>(noun: N, command: Command<N>, status: Status, state: State): Decided {
  const row = rows[noun]
  if (row.statusOf(command, state) === status) return unchanged
  return accept(eventOf(command, statusEvents[noun][status], row.nameIn(command)))
}

/**
 * Makes a function that applies a suspension or activation event: returns the state in which the row has this status.
 */
export function withStatus<N extends StatusNoun>(noun: N, status: Status) {
  return (state: State, event: NameOf<N>): State => rows[noun].put(state, event, status)
}
