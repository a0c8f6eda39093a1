import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Command } from '../../../../src/change/message/command.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { idsOf, tableOf } from '../../../../src/model/table/table.ts'
import { credit, signedCredit } from '../../../../src/model/value/credit.ts'
import type { Agent } from '../../../../src/model/value/principal.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import { type DenialReason, denialReasons } from '../../../../src/policy/decision/denial.ts'
import type { Request } from '../../../../src/policy/request/request.ts'
import { type Explanation, explain } from '../../../../src/query/explain/explain.ts'
import type { CheckedRemedy } from '../../../../src/query/explain/remedy/remedy.ts'
import {
  allowed,
  arbitraryManageRequest,
  arbitraryRequest,
  arbitrarySession,
  arbitraryUseRequest,
  faults,
} from '../../../../src/testing/index.ts'
import { applyUnguarded } from '../../command.ts'
import { runs } from '../../runs.ts'
import { holding, world } from '../../world.ts'
import { arbitraryHistory } from '../state-at.ts'

type Asked = Pick<CheckedRemedy, 'commands' | 'request'>

/** Returns the state after all commands, or `undefined` when a command is rejected. */
function enact(commands: readonly Command[], state: State): State | undefined {
  let next = state
  for (const command of commands) {
    const applied = applyUnguarded(command, next)
    if (!applied.ok) return undefined
    next = applied.state
  }
  return next
}

const units = (amount: bigint | string): bigint => (typeof amount === 'bigint' ? amount : signedCredit(amount))

/** Returns a request with the changes of a remedy. Adds the credits that the commands of the remedy allocate. */
function changed(request: Request, { request: change = {}, commands }: Asked): Request {
  if (request.type === 'manage') return request
  const { team, ...rest } = request
  const named = change.team === undefined ? team : change.team
  const { credits } = request
  const more = commands.map((command) => (command.type === 'AllocateCredits' ? credit(command.amount) : 0n))
  const available = credits && units(credits.available) + more.reduce((sum, one) => sum + one, 0n)
  return {
    ...rest,
    model: change.model ?? request.model,
    ...(change.operation === undefined ? {} : { operation: change.operation }),
    ...(named === undefined || named === null ? {} : { team: named }),
    ...(credits === undefined || available === undefined ? {} : { credits: { ...credits, available } }),
  }
}

/** Whether the remedy turns the denial into an allow. */
function givesAllow(remedy: Asked, request: Request, state: State): boolean {
  const next = enact(remedy.commands, state)
  return next !== undefined && authorize(changed(request, remedy), next).effect === 'allow'
}

/** Checks a law for requests on arbitrary states, and on states built by commands. */
function always(count: number, law: (explanation: Explanation, request: Request, state: State) => void): void {
  fc.assert(
    fc.property(arbitrarySession(arbitraryRequest), ({ state, requests }) => {
      for (const request of requests) law(explain(request, state), request, state)
    }),
    runs(count),
  )
  const session = arbitraryHistory.chain((state) =>
    fc.record({
      state: fc.constant(state),
      requests: fc.array(fc.oneof(arbitraryUseRequest(state), arbitraryManageRequest(state)), { maxLength: 6 }),
    }),
  )
  fc.assert(
    fc.property(session, ({ state, requests }) => {
      for (const request of requests) law(explain(request, state), request, state)
    }),
    runs(Math.ceil(count / 4)),
  )
}

describe('a remedy is checked', () => {
  test('its commands are accepted in order, and then the request is allowed', () => {
    const met = new Map<number, number>()
    always(70, ({ remedies, decision }, request, state) => {
      expect(decision).toEqual(authorize(request, state))
      if (decision.effect === 'allow') expect(remedies).toEqual([])
      expect(remedies.length).toBeLessThanOrEqual(10)
      for (const remedy of remedies) {
        expect(remedy.commands.length + Object.keys(remedy.request ?? {}).length).toBeGreaterThan(0)
        for (const { actor, at } of remedy.commands) expect([actor, at]).toEqual([{ type: 'system' }, request.at])
        expect(givesAllow(remedy, request, state)).toBe(true)
        met.set(remedy.commands.length, (met.get(remedy.commands.length) ?? 0) + 1)
      }
    })
    for (const count of [0, 1, 2]) expect([count, (met.get(count) ?? 0) > 20]).toEqual([count, true])
    expect(met.get(3)).toBeGreaterThan(1)
  })

  test('no command and no change can be left out', () => {
    let several = 0
    always(70, ({ remedies }, request, state) => {
      for (const { commands, request: change = {} } of remedies) {
        if (commands.length > 1) several += 1
        for (const some of subLists(commands)) {
          for (const part of [{}, ...Object.entries(change).map(([key, value]) => ({ [key]: value }))]) {
            const isWhole = some.length === commands.length && Object.keys(part).length === Object.keys(change).length
            if (!isWhole) expect(givesAllow({ commands: some, request: part }, request, state)).toBe(false)
          }
        }
      }
    })
    expect(several).toBeGreaterThan(20)
  })

  test('sorted by number of commands, then by extra access; all that change the request have equally many commands, and so have all others', () => {
    always(40, ({ remedies }) => {
      const order = remedies.map(({ commands, extraAccess }) => [
        commands.length,
        Number(extraAccess.isLowerBound),
        extraAccess.count,
      ])
      const inOrder = (a: readonly number[], b: readonly number[]): number =>
        a.map((one, i) => one - (b[i] ?? 0)).find((difference) => difference !== 0) ?? 0
      expect(order).toEqual([...order].sort(inOrder))
      for (const some of [remedies.filter((one) => one.request), remedies.filter((one) => !one.request)]) {
        expect(new Set(some.map(({ commands }) => commands.length)).size).toBeLessThanOrEqual(1)
      }
      expect(new Set(remedies.map((remedy) => JSON.stringify([remedy.commands, remedy.request]))).size).toBe(
        remedies.length,
      )
    })
  })

  function subLists(commands: readonly Command[]): Command[][] {
    const [first, ...rest] = commands
    if (first === undefined) return [[]]
    return subLists(rest).flatMap((list) => [list, [first, ...list]])
  }
})

describe('the issuers of a remedy', () => {
  const agentsOf = (state: State): Agent[] => [
    ...[...idsOf(state.users)].map((id): Agent => ({ type: 'user', id })),
    ...[...idsOf(state.virtualAccounts)].map((id): Agent => ({ type: 'virtualAccount', id })),
  ]

  test('are exactly the agents that may issue its commands', () => {
    const met = { named: 0, unnamed: 0 }
    const powers = new Set<string>()
    always(70, ({ remedies }, request, state) => {
      for (const remedy of remedies) {
        const named = remedy.issuers.map(({ agent }) => agent)
        for (const agent of agentsOf(state)) {
          const may =
            remedy.commands.length > 0 && givesAllow({ ...remedy, commands: by(agent, remedy) }, request, state)
          expect(named.filter((one) => one.type === agent.type && one.id === agent.id).length).toBe(may ? 1 : 0)
          met[may ? 'named' : 'unnamed'] += 1
        }
        expect(named.length).toBeLessThanOrEqual(10)
        for (const issuer of remedy.issuers) for (const power of issuer.powers) powers.add(power)
      }
    })
    expect(met.named).toBeGreaterThan(100)
    expect(met.unnamed).toBeGreaterThan(100)
    expect(powers.size).toBe(5)
  })

  const by = (actor: Agent, { commands }: CheckedRemedy): Command[] =>
    commands.map((command) => ({ ...command, actor }))
})

describe('every denial reason that commands can fix has a remedy', () => {
  /** The denial reasons that no command fixes. They need another request, a valid secret, or a new model. */
  const beyond: readonly DenialReason[] = [
    'request_invalid',
    'credential_unknown',
    'credential_revoked',
    'model_unknown',
  ]

  test.each(denialReasons)('%s', (reason) => {
    const { request, state } = faults[reason](allowed)
    const { remedies } = explain(request, state)
    expect(remedies.length > 0).toBe(!beyond.includes(reason))
  })

  const catalogue = world({
    users: [{ id: 'ann', ...holding(['all']) }],
    modelAliases: [{ id: 'gpt-4' }],
    providerAccounts: [
      { id: 'closed', anyModel: false, models: tableOf(['new'], [{ id: 'new', status: 'active' as const }]) },
    ],
    accessGroups: [{ id: 'all', allAliases: true }],
  })
  const remediesOf = (model: string) =>
    explain({ type: 'use', who: { type: 'user', id: 'ann' }, model, at: 1_700_000_000_001 }, catalogue).remedies.map(
      ({ commands, request }) => [request, ...commands.map(({ type }) => type)],
    )

  test('model_unknown, when the name is similar to another', () => {
    expect(remediesOf('GPT_4')).toEqual([[{ model: 'gpt-4' }]])
  })

  test('model_unknown, when a provider account serves a model with that bare name', () => {
    expect(remediesOf('new')).toEqual([
      [undefined, 'CreateModelAlias'],
      [{ model: 'closed/new' }, 'AddAccessGroupMembers'],
      [{ model: 'closed/new' }, 'GrantRole'],
    ])
  })

  test('model_unknown, when the provider account exists but not the model', () => {
    expect(remediesOf('closed/newest')).toEqual([
      [undefined, 'AddModels', 'AddAccessGroupMembers'],
      [undefined, 'AddModels', 'GrantRole'],
    ])
  })
})
