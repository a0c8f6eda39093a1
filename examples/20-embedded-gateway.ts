// A gateway in one process, durable in a folder. The second start finds the team, its key, and the credits that are left.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { answerCaller, credit, type Route } from 'portcullis'
import { type CommandBody, createEngine, tokenDigest } from 'portcullis/engine'
import { openFolderJournal, openFolderRepository } from 'portcullis/folder'
import { answerLedgerCaller } from 'portcullis/ledger'
import { openMemoryCreditLedger } from 'portcullis/memory'

const digest = tokenDigest('the secret')
const founding: CommandBody[] = [
  { type: 'CreateProviderAccount', providerAccount: 'openai', models: ['o3'] },
  { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
  { type: 'CreateTeam', team: 'dev', organization: 'acme', credits: '1.5' },
  { type: 'GrantRole', principal: { type: 'team', id: 'dev' }, providerAccount: 'openai', role: 'user' },
  { type: 'IssueCredential', credential: 'key', owner: { type: 'team', id: 'dev' }, digest },
]
const upstream = async ([route]: readonly Route[]) => ({ text: `hello from ${route?.model}`, cost: credit('0.75') })
const folder = mkdtempSync(`${tmpdir()}/gateway-`)
for (const start of ['first', 'second']) {
  const repository = await openFolderRepository(`${folder}/policy`)
  const ledger = await openMemoryCreditLedger({ journal: await openFolderJournal(`${folder}/ledger.journal`) })
  const engine = createEngine({ repository, ledger })
  await engine.ready()
  // Only an empty policy is founded: any other is at a later version, which its administrators have changed.
  const founded = await engine.execute(founding, { actor: { type: 'system' }, expectVersion: 0 })
  console.log(`${start} start: ${founded.ok ? `founded at version ${founded.version}` : founded.reason}`)
  await engine.booked()
  for (const model of ['openai/gpt-5', 'openai/o3']) {
    const call = await engine.admit({ token: 'the secret', model, operation: 'chat', estimate: credit('1') })
    if (call.admitted) {
      const { text, cost } = await upstream(call.routes)
      console.log(`${text}, ${(await call.settle(cost)).ok ? 'booked' : 'not booked'}`)
    } else if (call.reason === 'denied') console.log(JSON.stringify(answerCaller(call.denial)))
    else console.log(call.reason === 'refused' ? JSON.stringify(answerLedgerCaller(call.refusal)) : call.reason)
  }
  for (const part of [engine, ledger, repository]) await part.close()
}
rmSync(folder, { recursive: true })
