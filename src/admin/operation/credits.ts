import * as z from 'zod'
import type { Wallet } from '../../model/noun/wallet.ts'
import { Principal } from '../../model/value/principal.ts'
import type { Entry } from '../../port/ledger-result.ts'
import type { CommandBody } from '../../runtime/execute/execute-request.ts'
import { withDeadline } from '../../runtime/time/wait.ts'
import type { AdminCall } from '../admin-call.ts'
import { notFound, refused } from '../admin-fault.ts'
import { Amount, balanceOf, ledgerTimeout } from '../credits.ts'
import { type Operation, queryOperation } from '../operation.ts'
import { pageBody, pageSchema, positionParameters, readPosition } from '../page.ts'
import { InstantText, readBody } from '../read-fields.ts'
import { BalanceBody, EntryBody } from '../schema/ledger.ts'
import { WalletBody } from '../schema/value.ts'
import { toWire, wirePath } from '../wire.ts'

const AddBody = z
  .strictObject({
    team_id: z.string().optional(),
    principal: Principal.optional(),
    amount: Amount,
    expires_at: InstantText.optional(),
  })
  .refine(({ team_id, principal }) => (team_id === undefined) !== (principal === undefined), {
    error: 'expected either `team_id` or `principal`',
    path: ['team_id'],
  })

function allocation(body: unknown): CommandBody {
  const {
    team_id,
    principal = { type: 'team', id: team_id ?? '' },
    amount,
    expires_at: expiresAt,
  } = readBody(AddBody, body)
  return { type: 'AllocateCredits', principal, amount, ...(expiresAt === undefined ? {} : { expiresAt }) }
}

const kinds: Readonly<Record<string, Principal['type']>> = {
  users: 'user',
  teams: 'team',
  'virtual-accounts': 'virtualAccount',
}

const walletPath = { kind: z.enum(Object.keys(kinds)) }

const AddedCredits = z.strictObject({
  principal: Principal,
  amount: z.string(),
  balance: BalanceBody.optional().meta({ description: 'Absent if the gateway keeps no credits.' }),
  version: z.int(),
})

/** Returns the wallet of a principal that the caller may see: a user its own, others what they manage. */
function walletIn(call: AdminCall): Wallet {
  const type = Object.hasOwn(kinds, call.param('kind')) ? kinds[call.param('kind')] : undefined
  const id = call.param('id')
  if (type === undefined) throw notFound('expected `users`, `teams` or `virtual-accounts`', 'kind')
  const isOwn = type === 'user' && call.user === id
  if (!isOwn) call.require(type === 'user' ? { type: 'platform' } : { type, id }, 'id')
  const incarnation = call.incarnationOf({ type, id })
  if (incarnation === undefined) throw notFound('the principal does not exist', 'id')
  return { type, id, incarnation }
}

async function getWallet(call: AdminCall): Promise<unknown> {
  const wallet = walletIn(call)
  if (call.ledger === undefined) throw notFound('this gateway keeps no credits')
  await call.engine.booked()
  return { wallet: toWire(wallet), balance: await balanceOf(wallet, call) }
}

async function takeEntries(read: () => AsyncIterable<Entry>, most: number): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  for await (const entry of read()) {
    entries.push(entry)
    if (entries.length === most) break
  }
  return entries
}

async function getStatement(call: AdminCall): Promise<unknown> {
  const wallet = walletIn(call)
  const { ledger } = call
  if (ledger === undefined) throw notFound('this gateway keeps no credits')
  const after = call.cursor(readPosition) ?? 0
  const limit = call.limit()
  const reading = takeEntries(() => ledger.statement(wallet, after), limit + 1)
  const entries = await withDeadline(reading, ledgerTimeout, 'the statement').catch(() => {
    throw refused({ reason: 'ledger_unavailable' })
  })
  const page = entries.slice(0, limit)
  const next = entries.length > limit ? String(page.at(-1)?.sequence) : undefined
  return { wallet: toWire(wallet), ...pageBody('entries', toWire(page), next) }
}

/** The operations on credits. `add` is that of the SaaS LiteLLM API, which names a team. */
export const creditOperations: readonly Operation[] = [
  {
    kind: 'command',
    method: 'POST',
    path: '/credits/add',
    id: 'addCredits',
    summary: 'Adds credits to the wallet of a metered principal',
    body: { schema: AddBody },
    commands: ({ body }) => [allocation(body)],
    response: AddedCredits,
    answer: async (call, { version }) => {
      const { team_id, principal = { type: 'team', id: team_id ?? '' }, amount } = readBody(AddBody, call.body)
      const incarnation = call.incarnationOf(principal)
      if (call.ledger === undefined || incarnation === undefined) return { principal, amount, version }
      await call.engine.booked()
      return { principal, amount, balance: await balanceOf({ ...principal, incarnation }, call), version }
    },
    fieldOf: (path, body) => {
      const namesTeam = typeof body === 'object' && body !== null && 'team_id' in body
      return path[0] === 'principal' && namesTeam ? 'team_id' : wirePath(path)
    },
  },
  queryOperation(
    'GET /wallets/{kind}/{id}',
    'getWallet',
    'Returns the balance of a principal; `kind` is `users`, `teams` or `virtual-accounts`',
    getWallet,
    z.strictObject({ wallet: WalletBody, balance: BalanceBody }),
    { pathSchemas: walletPath },
  ),
  queryOperation(
    'GET /wallets/{kind}/{id}/statement',
    'getStatement',
    'Lists the entries of a wallet',
    getStatement,
    pageSchema('entries', EntryBody, { wallet: WalletBody }),
    {
      query: positionParameters,
      pathSchemas: walletPath,
    },
  ),
]
