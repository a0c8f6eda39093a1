import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { openFolderJournal, openFolderRepository } from '../../src/adapter/folder/index.ts'
import { openMemoryCreditLedger } from '../../src/adapter/memory/index.ts'
import { credit } from '../../src/model/value/credit.ts'
import { type CommandBody, createEngine } from '../../src/runtime/index.ts'

/*
 * A gateway on two folders: executes commands and makes calls until it is killed. Prints a line before each of them and
 * after each result.
 */
const [, , folder = '', name = '', checkpointSize = '8000000'] = process.argv
const system = { actor: { type: 'system' } } as const
const team = { type: 'team', id: 'dev' } as const
const print = (...words: readonly (string | number)[]): void => void writeSync(1, `${words.join('\t')}\n`)

const repository = await openFolderRepository(join(folder, 'policy'))
const journal = await openFolderJournal(join(folder, 'journal'))
const ledger = await openMemoryCreditLedger({
  journal,
  checkpointSize: Number(checkpointSize),
  onNotice: ({ type }) => print(type),
})
const engine = createEngine({ repository, ledger, holdTtl: 1_000, snapshotEvery: 40 })
await engine.ready()
const founding: readonly CommandBody[] = [
  { type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-5'] },
  { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
  { type: 'CreateTeam', team: 'dev', organization: 'acme', credits: '1000' },
  { type: 'GrantRole', principal: team, providerAccount: 'openai', role: 'user' },
]
const founded = await engine.execute(founding, { ...system, id: 'founding' })
if (!founded.ok || !(await engine.booked())) throw new Error('not founded')
print('opened')

async function allocate(): Promise<void> {
  for (let i = 0; ; i += 1) {
    const id = `${name} ${i}`
    print('command', id)
    const executed = await engine.execute(
      { type: 'AllocateCredits', principal: team, amount: '0.000001' },
      { ...system, id },
    )
    if (!executed.ok) throw new Error(executed.reason)
    print('done', id, executed.version)
  }
}

async function call(): Promise<void> {
  for (let i = 1; ; i += 1) {
    const admitted = await engine.admit({
      ...{ principal: team, model: 'openai/gpt-5', operation: 'chat', estimate: credit('0.000002') },
    })
    if (!admitted.admitted) throw new Error(admitted.reason)
    const cost = BigInt(1 + (i % 999))
    print('call', admitted.id, `${cost}`)
    const settled = await admitted.settle(cost)
    if (!settled.ok) throw new Error(settled.reason)
    print('settled', admitted.id)
  }
}

await Promise.all([allocate(), ...Array.from({ length: 8 }, () => call())])
