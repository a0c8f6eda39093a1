import { apply } from '../../../change/apply.ts'
import type { Command } from '../../../change/message/command.ts'
import { roleHolders } from '../../../change/rule/cascade.ts'
import type { Credential } from '../../../model/noun/credential.ts'
import type { Restriction } from '../../../model/noun/restriction.ts'
import type { State } from '../../../model/state/state.ts'
import { related } from '../../../model/table/relation.ts'
import { findRow } from '../../../model/table/table.ts'
import { type Holder, isPrincipal } from '../../../model/value/principal.ts'
import { routeNameOf } from '../../../policy/route/selection.ts'
import { holdersOfGroup } from '../../holder.ts'
import { aliasesOf } from '../../name.ts'
import { type Baseline, type LintContext, lintContextAfter } from '../context/lint-context.ts'
import { findLoadedPrincipal, findOrganizationOf, loadedMembershipsOf } from '../context/loaded-principal.ts'
import { type Detection, type FindingCode, findingKey } from '../finding.ts'
import { findBypass } from '../rule/bypass-rule.ts'
import { findInGroup } from '../rule/group-rule.ts'
import { findInHolder, findInPrincipal } from '../rule/principal-rule.ts'
import { findInScope } from '../rule/scope-rule.ts'
import { findInOrganization, isWide } from '../rule/universal-rule.ts'
import { findInWallet } from '../rule/wallet-rule.ts'

/** The maximum number of commands in a fix. Lint offers no fix that needs more commands. */
const fixLimit = 1000

/**
 * The maximum number of rounds in a simulation. Each round applies the fixes of findings that the previous round
 * caused.
 */
const roundLimit = 8

/** Returns the keys of detections as a set. */
export function baselineOf(detections: readonly Detection[]): Baseline {
  return new Set(detections.map(findingKey))
}

/**
 * Returns the detection with a fix that causes no new finding. Applies the commands to the state, lints the touched
 * rows again, and adds the fixes of new findings. Drops the fix if a new finding needs a decision by an operator, or if
 * the fix would exceed a limit.
 */
export function completeFix(detection: Detection, baseline: Baseline, context: LintContext): Detection {
  if (detection.isSimulated !== true || detection.fix === undefined) return detection
  const simulated = simulateFix(detection.fix, baseline, context, removesAccess(detection))
  if (typeof simulated !== 'string') return { ...detection, fix: simulated }
  const { fix: _, message, ...rest } = detection
  return { ...rest, message: `${message}, but first decide what to do about the consequence: ${simulated}` }
}

const removingCodes: ReadonlySet<FindingCode> = new Set(['assignment_unused', 'role_unused', 'access_group_unused'])

/**
 * Whether the fix of a detection removes access that is in effect. No other fix may include commands that remove
 * access.
 */
const removesAccess = ({ code }: Detection): boolean => removingCodes.has(code)

/**
 * Simulates commands and returns these commands with all follow-up commands. Returns a message instead if a new finding
 * needs an operator's decision, or if a limit is exceeded.
 */
function simulateFix(
  first: readonly Command[],
  baseline: Baseline,
  context: LintContext,
  mayRemoveAccess: boolean,
): readonly Command[] | string {
  const touched = new TouchedRows()
  const commands: Command[] = []
  let next: readonly Command[] = first
  let { state } = context
  for (let round = 0; round < roundLimit; round += 1) {
    for (const command of next) {
      const before = state
      const applied = apply(command, state)
      if (!applied.ok || applied.events.length === 0) continue
      state = applied.state
      commands.push(command)
      touched.note(command, before)
    }
    if (commands.length > fixLimit) return tooMany
    const added = touched.findNew(baseline, lintContextAfter(context, state, baseline))
    if (added.length === 0) return commands
    const undecided = added.find((one) => one.fix === undefined || (removesAccess(one) && !mayRemoveAccess))
    if (undecided !== undefined) return undecided.message
    next = added.flatMap(({ fix }) => fix ?? [])
  }
  return tooMany
}

const tooMany = `more than ${fixLimit} commands would have to follow`

/** The rows affected by commands: the principals, organizations and groups whose findings can change. */
class TouchedRows {
  readonly #principals = { user: new Set<string>(), team: new Set<string>(), virtualAccount: new Set<string>() }
  /** Teams whose wallet may be affected although no command touches the team. A membership of the team is touched. */
  readonly #wallets = new Set<string>()
  readonly #groups = new Set<string>()
  readonly #organizations = new Set<string>()
  /** Organizations in which a command gives a principal every alias. */
  readonly #universal = new Set<string>()
  /** Aliases that a command gives to a principal, or adds to a group. */
  readonly #widened = new Set<string>()

  /** Records the rows that a command affects. `state` is the state before the command. */
  note(command: Command, state: State): void {
    if ('principal' in command) this.#add(command.principal, state)
    // An agent that loses a manager role could not grant the roles again that it gave.
    if (command.type === 'RevokeRole' && command.role === 'manager')
      for (const holder of roleHolders(command.providerAccount, state)) this.#add(holder, state)
    if (command.type === 'SuspendTeam') this.#add({ type: 'team', id: command.team }, state)
    if (command.type === 'SuspendVirtualAccount')
      this.#add({ type: 'virtualAccount', id: command.virtualAccount }, state)
    if (command.type === 'UpdateUser') this.#add({ type: 'user', id: command.user }, state)
    this.#noteWider(command, state)
    if (!('accessGroup' in command) || command.accessGroup === undefined) return
    this.#groups.add(command.accessGroup)
    if ('principal' in command) return
    const holders = holdersOfGroup(command.accessGroup, state)
    for (const type of ['user', 'team', 'virtualAccount'] as const) {
      for (const id of holders[type]()) this.#add({ type, id }, state)
    }
    for (const membership of holders.member()) this.#add(membership, state)
    for (const id of holders.organization()) this.#add({ type: 'organization', id }, state)
  }

  /**
   * Records a holder whose access changes. For a membership, also records the team's wallet, because calls on behalf of
   * the team spend the wallet.
   */
  #add(holder: Holder, state: State): void {
    if (holder.type === 'member') {
      this.#wallets.add(holder.team)
      this.#principals.user.add(holder.user)
    } else if (holder.type === 'organization') {
      this.#organizations.add(holder.id)
      for (const id of related(state.index.organizationTeams, holder.id)) this.#principals.team.add(id)
      for (const id of related(state.index.organizationVirtualAccounts, holder.id)) {
        this.#principals.virtualAccount.add(id)
      }
    } else this.#principals[holder.type].add(holder.id)
  }

  /**
   * Records indirect effects of a command that gives access. For example, a principal may get every alias, which
   * concerns its organization, or a restricted alias may become reachable by another name.
   */
  #noteWider(command: Command, state: State): void {
    if (command.type === 'AddAccessGroupMembers') {
      for (const member of command.members) if (member.type === 'alias') this.#widened.add(member.alias)
    }
    const group = command.type === 'AssignAccessGroup' ? findRow(state.accessGroups, command.accessGroup) : undefined
    if (command.type !== 'AssignAccessGroup' || group === undefined) return
    for (const alias of aliasesOf(group, state)) this.#widened.add(alias)
    const { principal } = command
    const loaded = isPrincipal(principal) ? findLoadedPrincipal(principal, state) : undefined
    const organization = loaded && findOrganizationOf(loaded, state)
    if (isWide(group) && organization !== undefined) this.#universal.add(organization.id)
  }

  /** Returns the detections in the recorded rows that are not in the baseline. */
  findNew(baseline: Baseline, context: LintContext): readonly Detection[] {
    return [...this.#detect(context)].filter((detection) => !baseline.has(findingKey(detection)))
  }

  /** Returns the credentials of recorded principals and of the users of recorded teams, without duplicates. */
  #credentials({ index, credentials }: State): Iterable<Credential> {
    const { user, team, virtualAccount } = this.#principals
    const users = new Set(user)
    for (const id of [...team, ...this.#wallets]) for (const member of related(index.teamMembers, id)) users.add(member)
    const ids = [
      ...[...users].flatMap((id) => [...related(index.userCredentials, id)]),
      ...[...team].flatMap((id) => [...related(index.teamCredentials, id)]),
      ...[...virtualAccount].flatMap((id) => [...related(index.virtualAccountCredentials, id)]),
    ]
    return ids.map((id) => findRow(credentials, id)).filter((row) => row !== undefined)
  }

  *#detect(context: LintContext): IterableIterator<Detection> {
    const { state } = context
    for (const type of ['user', 'team', 'virtualAccount'] as const) {
      for (const id of this.#principals[type]) {
        const loaded = findLoadedPrincipal({ type, id }, state)
        if (loaded !== undefined) yield* findInPrincipal(loaded, context)
      }
    }
    for (const id of this.#organizations) {
      const row = findRow(state.organizations, id)
      if (row !== undefined) yield* findInHolder({ type: 'organization', row }, context)
    }
    for (const id of this.#principals.team) yield* findInMemberships(id, this.#principals.user, context)
    for (const id of this.#wallets) {
      const row = this.#principals.team.has(id) ? undefined : findRow(state.teams, id)
      if (row !== undefined) yield* findInWallet({ type: 'team', row }, context)
    }
    for (const id of this.#universal) {
      const row = findRow(state.organizations, id)
      if (row !== undefined) yield* findInOrganization(row, context)
    }
    for (const restriction of restrictionsNear(this.#widened, context)) yield* findBypass(restriction, context)
    for (const credential of this.#credentials(state)) yield* findInScope(credential, context)
    for (const id of this.#groups) {
      const group = findRow(state.accessGroups, id)
      if (group !== undefined) yield* findInGroup(group, context)
    }
  }
}

/**
 * Yields the restrictions by alias on any alias that shares a route with one of the given aliases. Also yields every
 * restriction by pattern.
 */
function* restrictionsNear(aliases: ReadonlySet<string>, context: LintContext): IterableIterator<Restriction> {
  if (aliases.size === 0) return
  const { state } = context
  const ids = new Set<string>()
  for (const alias of aliases) {
    for (const target of findRow(state.modelAliases, alias)?.targets ?? []) {
      for (const other of context.aliasesByRoute().get(routeNameOf(target)) ?? []) {
        for (const id of related(state.index.aliasRestrictions, other)) ids.add(id)
      }
    }
  }
  for (const { id } of context.patternRestrictions()) ids.add(id)
  for (const id of ids) {
    const restriction = findRow(state.restrictions, id)
    if (restriction !== undefined) yield restriction
  }
}

/** Yields the detections about memberships in a team. Skips the users in `done`. */
function* findInMemberships(
  team: string,
  done: ReadonlySet<string>,
  context: LintContext,
): IterableIterator<Detection> {
  const { state } = context
  for (const id of related(state.index.teamMembers, team)) {
    const user = done.has(id) ? undefined : findRow(state.users, id)
    if (user === undefined) continue
    for (const membership of loadedMembershipsOf(user, state)) {
      if (membership.row.team === team) yield* findInHolder(membership, context)
    }
  }
}
