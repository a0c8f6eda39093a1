import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMemoryCreditLedger, createMemoryRepository } from '../../../src/adapter/memory/index.ts'
import { toSnapshot } from '../../../src/model/snapshot/to-snapshot.ts'
import { credit } from '../../../src/model/value/credit.ts'
import type { CreditLedger } from '../../../src/port/credit-ledger.ts'
import type { Repository } from '../../../src/port/repository.ts'
import { type CommandBody, createEngine, type Executed } from '../../../src/runtime/index.ts'
import { runs } from '../runs.ts'
import { hang, withMethods } from './faulty.ts'
import { accepted, found, system, teamWallet, until } from './gateway.ts'

/** A process: its calls to the stores wait for their turn, and it ends at one of them, before or after its effect. */
class Process {
  readonly #scheduler: fc.Scheduler
  readonly #endsAt: number
  #calls = 0

  constructor(scheduler: fc.Scheduler, endsAt: number) {
    this.#scheduler = scheduler
    this.#endsAt = endsAt
  }

  get hasEnded(): boolean {
    return this.#calls >= this.#endsAt
  }

  repository(repository: Repository): Repository {
    return withMethods(repository, {
      commit: (commit) => this.#next('commit', () => repository.commit(commit)),
      findCommand: (id) => this.#next('findCommand', () => repository.findCommand(id)),
      cursor: (name) => this.#next('cursor', () => repository.cursor(name)),
      advanceCursor: (name, version) => this.#next('advanceCursor', () => repository.advanceCursor(name, version)),
    })
  }

  ledger(ledger: CreditLedger): CreditLedger {
    return withMethods(ledger, { grant: (request) => this.#next('grant', () => ledger.grant(request)) })
  }

  /** Makes one call: its effect and its result are two turns of the scheduler. */
  async #next<T>(what: string, effect: () => Promise<T>): Promise<T> {
    this.#calls += 1
    if (this.hasEnded) return await hang()
    await this.#scheduler.schedule(Promise.resolve(), `before ${what}`)
    const result = await effect()
    this.#calls += 1
    if (this.hasEnded) return await hang()
    await this.#scheduler.schedule(Promise.resolve(), `after ${what}`)
    return result
  }
}

const allocate = (amount: string): CommandBody => ({
  type: 'AllocateCredits',
  principal: { type: 'team', id: 'dev' },
  amount,
})
const command = fc.constantFrom<CommandBody>(
  allocate('1'),
  allocate('2'),
  { type: 'CreateUser', user: 'ann' },
  { type: 'SuspendTeam', team: 'dev' },
  { type: 'ActivateTeam', team: 'dev' },
)

test('in every interleaving of two engines with three commands and a crash, each accepted command takes effect once and each credit is booked once', async () => {
  const world = fc.record({
    scheduler: fc.scheduler(),
    commands: fc.array(fc.record({ body: command, isFirst: fc.boolean() }), { minLength: 3, maxLength: 3 }),
    endsAt: fc.integer({ min: 1, max: 20 }),
  })
  await fc.assert(
    fc.asyncProperty(world, async ({ scheduler, commands, endsAt }) => {
      const repository = createMemoryRepository()
      const ledger = createMemoryCreditLedger()
      const base = await found({ repository, ledger })
      await base.engine.close()
      const founded = await repository.version()

      const processes = [new Process(scheduler, endsAt), new Process(scheduler, Number.POSITIVE_INFINITY)] as const
      const engines = processes.map((process) =>
        createEngine({ repository: process.repository(repository), ledger: process.ledger(ledger) }),
      )
      const ready = Promise.all(engines.map((engine) => engine.ready()))
      await ready
      const results: (Executed | undefined)[] = commands.map(() => undefined)
      const executing = commands.map(async ({ body, isFirst }, i) => {
        const executed = await engines[isFirst ? 0 : 1]?.execute(body, { ...system, id: `command ${i}` })
        results[i] = executed
      })
      const expected = executing.filter((_, i) => commands[i]?.isFirst === false)
      await scheduler.waitFor(Promise.all(expected))
      while (scheduler.count() > 0) await scheduler.waitOne()

      // A third engine, without faults, retries every command with its id, and books what is left.
      const late = createEngine({ repository, ledger })
      await late.ready()
      const retried: Executed[] = []
      for (const [i, { body }] of commands.entries()) {
        retried.push(await late.execute(body, { ...system, id: `command ${i}` }))
      }
      for (const [i, result] of results.entries()) {
        if (result?.ok) expect(accepted(retried[i] as Executed).events).toEqual(result.events)
      }
      const { events } = await repository.readLog({ after: founded, limit: 1_000 })
      const changed = retried.flatMap((executed) => (executed.ok ? executed.events : []))
      expect(events.length).toBe(changed.length)
      await until(() => late.status().pendingBookings === 0)
      const allocated = changed.map((event) => (event.type === 'CreditsAllocated' ? credit(event.amount) : 0n))
      const total = allocated.reduce((sum, amount) => sum + amount, credit('10'))
      expect((await ledger.balance(teamWallet({ engine: late }))).granted).toBe(total)
      const other = engines[1] as (typeof engines)[0]
      await until(() => other.status().version === late.status().version)
      expect(other.read(toSnapshot)).toEqual(late.read(toSnapshot))
      while (scheduler.count() > 0) await scheduler.waitOne()
      void engines[0]?.close()
      void other.close()
      while (scheduler.count() > 0) await scheduler.waitOne()
      await late.close()
    }),
    runs(60),
  )
})
