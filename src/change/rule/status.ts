import { freeze } from 'immer'
import type { Target } from '../../model/noun/model-alias.ts'
import type { Model } from '../../model/noun/provider-account.ts'
import type { State } from '../../model/state/state.ts'
import { findRow, put, type Table } from '../../model/table/table.ts'
import { type Authority, includesAuthority } from '../../model/value/authority.ts'
import type { Thing } from '../../policy/request/request.ts'
import type { Envelope } from '../message/envelope.ts'
import type { Event } from '../message/event.ts'
import type { Reference, Rejection } from '../message/rejection.ts'
import { accept, type Decided, eventOf, reject, unchanged } from './decided.ts'
import { ofCredential, ofPlatform, ofProviderAccount, ofTeam, ofVirtualAccount } from './permission.ts'
import { kindOf, modelReference, refuseUnknown, refuseUnlisted } from './reference.ts'
import { changeRow } from './row.ts'
import { findAuthority, refuseSuspension } from './suspension.ts'

/**
 * For each noun that can be suspended, the types of the events that record a suspension and the end of a suspension.
 */
const statusEvents = {
  organization: { suspended: 'OrganizationSuspended', active: 'OrganizationActivated' },
  user: { suspended: 'UserSuspended', active: 'UserActivated' },
  team: { suspended: 'TeamSuspended', active: 'TeamActivated' },
  virtualAccount: { suspended: 'VirtualAccountSuspended', active: 'VirtualAccountActivated' },
  credential: { suspended: 'CredentialSuspended', active: 'CredentialActivated' },
  providerAccount: { suspended: 'ProviderAccountSuspended', active: 'ProviderAccountActivated' },
  model: { suspended: 'ModelSuspended', active: 'ModelActivated' },
} as const satisfies { readonly [noun: string]: { readonly suspended: Event['type']; readonly active: Event['type'] } }

type StatusNoun = keyof typeof statusEvents
type StatusRowNoun = Exclude<StatusNoun, 'model' | 'credential'>

/** The fields by which a command or an event names a row that can be suspended. */
type NameOf<N extends StatusNoun> = N extends 'model' ? Target : { readonly [Field in N]: string }

/**
 * The functions by which `suspend` and `activate` find and change one kind of row. `thing` returns the thing that an
 * actor must manage to suspend or activate the row.
 */
interface StatusRow<Name> {
  readonly nameIn: (message: Name) => Name
  readonly reference: (name: Name) => Reference
  readonly path: Rejection['path']
  readonly thing: (name: Name, state: State) => Thing
  readonly refuse: (name: Name, state: State) => Rejection | undefined
  /** The power that suspended the row; `undefined` for a row that is active or does not exist. */
  readonly suspendedBy: (name: Name, state: State) => Authority | undefined
  readonly put: (state: State, name: Name, suspendedBy: Authority | undefined) => State
}

type Named<N extends string> = { readonly [Field in N]: string }

/** Makes the fields of a `StatusRow` that are alike for all rows with a table of their own. */
function namedBy<N extends StatusRowNoun | 'credential'>(noun: N) {
  return {
    nameIn: (message: Named<N>) => ({ [noun]: message[noun] }) as Named<N>,
    reference: (name: Named<N>): Reference => ({ type: noun, id: name[noun] }),
    path: [noun],
    refuse: (name: Named<N>, state: State) => refuseUnknown(noun, name[noun], [noun], state),
    suspendedBy: (name: Named<N>, state: State) =>
      findRow(state[kindOf(noun)] as Table<{ readonly suspendedBy?: Authority | undefined }>, name[noun])?.suspendedBy,
  }
}

function rowOf<N extends StatusRowNoun>(noun: N, thing: StatusRow<Named<N>>['thing']): StatusRow<Named<N>> {
  return {
    ...namedBy(noun),
    thing,
    put: (state, name, suspendedBy) =>
      changeRow(state, kindOf(noun), name[noun], (draft) => {
        draft.status = suspendedBy === undefined ? 'active' : 'suspended'
        draft.suspendedBy = suspendedBy
      }),
  }
}

const credentialRow: StatusRow<Named<'credential'>> = {
  ...namedBy('credential'),
  thing: ofCredential,
  put: (state, { credential }, suspendedBy) =>
    changeRow(state, 'credentials', credential, (draft) => {
      draft.suspendedBy = suspendedBy
    }),
}

const modelRow: StatusRow<Target> = {
  nameIn: ({ providerAccount, model }) => ({ providerAccount, model }),
  reference: modelReference,
  path: ['model'],
  thing: ofProviderAccount,
  refuse: (target, state) => refuseUnlisted(target, [], state),
  suspendedBy: ({ providerAccount, model }, state) => {
    const account = findRow(state.providerAccounts, providerAccount)
    return account && findRow(account.models, model)?.suspendedBy
  },
  put: (state, { providerAccount, model }, suspendedBy) =>
    changeRow(state, 'providerAccounts', providerAccount, (draft, { models }) => {
      draft.models = put<Model>(models, model, modelWith(model, suspendedBy))
    }),
}

function modelWith(id: string, suspendedBy: Authority | undefined): Model {
  return freeze(suspendedBy === undefined ? { id, status: 'active' } : { id, status: 'suspended', suspendedBy })
}

const rows: { readonly [N in StatusNoun]: StatusRow<NameOf<N>> } = {
  organization: rowOf('organization', ofPlatform),
  user: rowOf('user', ofPlatform),
  team: rowOf('team', ofTeam),
  virtualAccount: rowOf('virtualAccount', ofVirtualAccount),
  credential: credentialRow,
  providerAccount: rowOf('providerAccount', ofPlatform),
  model: modelRow,
}

type Command<N extends StatusNoun> = Envelope & NameOf<N>
type Refuse<N extends StatusNoun> = (command: Command<N>, state: State) => Rejection | undefined
const refuseNothing = (): undefined => undefined

/**
 * Makes the function that decides a command to suspend a row. If the row is suspended already, a higher power takes
 * over the suspension, and any other actor changes nothing. `refuse` runs after the check that the row exists.
 */
export function suspend<N extends StatusNoun>(noun: N, refuse: Refuse<N> = refuseNothing) {
  const row = rows[noun]
  return (command: Command<N>, state: State): Decided => {
    const refused = row.refuse(command, state) ?? refuse(command, state)
    if (refused) return reject(refused)
    const suspendedBy = findAuthority(command, row.thing(command, state), state)
    const before = row.suspendedBy(command, state)
    if (suspendedBy === undefined || suspendedBy === before) return unchanged
    if (before !== undefined && !includesAuthority(suspendedBy, before)) return unchanged
    const fields: NameOf<N> & { readonly suspendedBy: Authority } = { ...row.nameIn(command), suspendedBy }
    return accept(eventOf(command, statusEvents[noun].suspended, fields))
  }
}

/**
 * Makes the function that decides a command to activate a row. `refuse` runs before the check that the row exists, and
 * `refuseKnown` after this check.
 */
export function activate<N extends StatusNoun>(
  noun: N,
  refuse: Refuse<N> = refuseNothing,
  refuseKnown: Refuse<N> = refuseNothing,
) {
  const row = rows[noun]
  return (command: Command<N>, state: State): Decided => {
    const refused =
      refuse(command, state) ??
      refuseSuspended(noun, command, state) ??
      row.refuse(command, state) ??
      refuseKnown(command, state)
    if (refused) return reject(refused)
    if (row.suspendedBy(command, state) === undefined) return unchanged
    return accept(eventOf(command, statusEvents[noun].active, row.nameIn(command)))
  }
}

/**
 * Refuses to activate or delete a suspended row. Only the power that suspended the row, or a higher one, is not
 * refused.
 */
export function refuseSuspended<N extends StatusNoun>(
  noun: N,
  command: Command<N>,
  state: State,
): Rejection | undefined {
  const row = rows[noun]
  const suspendedBy = row.suspendedBy(command, state)
  if (suspendedBy === undefined) return undefined
  return refuseSuspension(command, row.thing(command, state), suspendedBy, row.reference(command), row.path, state)
}

/**
 * Makes the function that applies an event that suspends a row. The function returns the state with the row suspended.
 */
export function withSuspension<N extends StatusNoun>(noun: N) {
  return (state: State, event: NameOf<N> & { readonly suspendedBy: Authority }): State =>
    rows[noun].put(state, event, event.suspendedBy)
}

/**
 * Makes the function that applies an event that activates a row. The function returns the state with the row active.
 */
export function withoutSuspension<N extends StatusNoun>(noun: N) {
  return (state: State, event: NameOf<N>): State => rows[noun].put(state, event, undefined)
}
