// A gateway on PGlite, which is PostgreSQL in this process: one folder keeps the policy and the ledger, and SQL reads both.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { credit } from 'portcullis'
import { type CommandBody, createEngine } from 'portcullis/engine'
import {
  createPostgresCreditLedger,
  createPostgresRepository,
  fromPglite,
  migrate,
  migratePolicy,
  type PgliteDatabase,
} from 'portcullis/postgres'

// `import { PGlite } from '@electric-sql/pglite'` needs `skipLibCheck`, or the types of Emscripten.
const packageName: string = '@electric-sql/pglite'
type Database = PgliteDatabase & { close(): Promise<void> }
const { PGlite } = (await import(packageName)) as { PGlite: { create(folder: string): Promise<Database> } }

const team = { type: 'team', id: 'dev' } as const
const founding: CommandBody[] = [
  { type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-5'] },
  { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
  { type: 'CreateTeam', team: team.id, organization: 'acme', credits: '2' },
  { type: 'GrantRole', principal: team, providerAccount: 'openai', role: 'user' },
]

const folder = mkdtempSync(`${tmpdir()}/gateway-`)
for (const start of ['first', 'second']) {
  const database = await PGlite.create(folder)
  const client = fromPglite(database)
  // Both create or upgrade their own schema, and do nothing when it is up to date.
  const [policy, credits] = [await migratePolicy(client), await migrate(client)]
  console.log(
    `${start} start: policy schema ${policy.from} to ${policy.to}, ledger schema ${credits.from} to ${credits.to}`,
  )
  const repository = createPostgresRepository({ client })
  const ledger = createPostgresCreditLedger({ client })
  const engine = createEngine({ repository, ledger })
  await engine.ready()

  // Only an empty policy is founded.
  const executed = await engine.execute(founding, { actor: { type: 'system' }, expectVersion: 0 })
  console.log(executed.ok ? `version ${executed.version}` : executed.reason)
  await engine.booked()

  const call = await engine.admit({ principal: team, model: 'openai/gpt-5', estimate: credit('1'), note: start })
  if (call.admitted) await call.settle(credit('0.25'))
  const { rows } = await database.query(
    `select note, amount from portcullis.statement where "to" = 'spent' order by at`,
  )
  console.log(JSON.stringify(rows))
  for (const part of [engine, ledger, repository, database]) await part.close()
}
rmSync(folder, { recursive: true })
