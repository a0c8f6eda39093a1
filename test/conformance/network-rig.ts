import pg from 'pg'
import { createPostgresCreditLedger, fromPool } from '../../src/adapter/postgres/index.ts'
import type { WalletLevel } from '../../src/model/noun/wallet.ts'
import type { CreditLedger } from '../../src/port/credit-ledger.ts'
import { type NetworkFault, type NetworkProxy, startProxy } from './proxy.ts'

/** A test ledger with its own connection pool. The pool connects through a network proxy that fails on command. */
export interface Rig {
  readonly ledger: CreditLedger
  readonly pool: pg.Pool
  readonly proxy: NetworkProxy
  /**
   * Makes the network fail once, at the next statement for which `isMeant` returns true. Default of `isMeant`:
   * `isCommit`. Returns a function that reports whether the network has failed.
   */
  fail(fault: NetworkFault, isMeant?: (text: string) => boolean): () => boolean
  /** Waits until every connection is back in the pool. Throws when a connection does not return within 4 seconds. */
  untilAtRest(): Promise<void>
  close(): Promise<void>
}

/** The default timeout of a rig's client, in milliseconds. */
export const patience = 500

/** Whether a statement calls the SQL function `commit` of the adapter. */
export const isCommit = (text: string): boolean => text.includes('.commit(')

export async function openRig(
  url: string,
  schema: string,
  options: pg.PoolConfig = {},
  timeout = patience,
): Promise<Rig> {
  const proxy = await startProxy(url)
  const pool = new pg.Pool({ connectionString: proxy.url, max: 4, ...options })
  pool.on('error', () => undefined)
  const ledger = createPostgresCreditLedger({ client: fromPool(pool, { timeout }), schema })
  return {
    ledger,
    pool,
    proxy,
    fail: (fault, isMeant = isCommit) => {
      let isMet = false
      proxy.plan = (text) => {
        if (isMet || !isMeant(text)) return undefined
        isMet = true
        return fault
      }
      return () => isMet
    },
    untilAtRest: async () => {
      const isAtRest = () =>
        pool.waitingCount === 0 && pool.idleCount === pool.totalCount && proxy.open === pool.totalCount
      for (let tries = 0; !isAtRest(); tries += 1) {
        if (tries === 200) {
          const { totalCount, idleCount, waitingCount } = pool
          throw new Error(`${totalCount} in the pool, ${idleCount} idle, ${waitingCount} waiting, ${proxy.open} open`)
        }
        await pause(20)
      }
    },
    close: async () => {
      await ledger.close()
      await pool.end()
      await proxy.close()
    },
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })
}

type Answer = Promise<{ readonly ok: boolean; readonly replay?: boolean }>

/** By method name: a function that makes one write, on a wallet that `prepare` created. */
export const writes: Readonly<Record<string, (ledger: CreditLedger, name: string, wallet: WalletLevel) => Answer>> = {
  reserve: (ledger, name, wallet) => ledger.reserve({ hold: `${name} new`, wallet, amount: 7n, ttl: 3_600_000 }),
  settle: (ledger, name) => ledger.settle({ hold: `${name} hold`, amount: 14n }),
  release: (ledger, name) => ledger.release({ hold: `${name} hold` }),
  extend: (ledger, name) =>
    ledger.extend({ key: `${name} extend`, hold: `${name} hold`, ttl: 7_200_000, increase: 5n }),
  grant: (ledger, name, wallet) => ledger.grant({ key: `${name} more`, wallet, amount: 3n }),
  refund: (ledger, name) => ledger.refund({ key: `${name} refund`, hold: `${name} charge`, amount: 4n }),
  charge: (ledger, name, wallet) => ledger.charge({ hold: `${name} again`, wallet, amount: 6n }),
  putWallet: (ledger, name, wallet) =>
    ledger.putWallet({ key: `${name} put`, wallet, funding: 'own', overdraftLimit: 9n, cap: { amount: 500n } }),
}

/**
 * Creates the wallet of a team below a postpaid organization. The team has 1,000 credits, a hold of 10 and a charge of
 * 10. Returns the wallet.
 */
export async function prepare(ledger: CreditLedger, name: string): Promise<WalletLevel> {
  const wallet = { type: 'team', id: name, incarnation: 1 } as const
  const parent = { type: 'organization', id: name, incarnation: 1 } as const
  await ledger.putWallet({ key: `${name} organization`, wallet: parent, funding: 'postpaid' })
  await ledger.putWallet({ key: `${name} team`, wallet, funding: 'own', parent })
  await ledger.grant({ key: `${name} grant`, wallet, amount: 1_000n })
  await ledger.reserve({ hold: `${name} hold`, wallet, amount: 10n, ttl: 3_600_000 })
  await ledger.charge({ hold: `${name} charge`, wallet, amount: 10n })
  return wallet
}

/**
 * Returns the state and the entries of a wallet without names and instants. Two wallets have equal results after the
 * same writes.
 */
export async function pictureOf(ledger: CreditLedger, wallet: WalletLevel) {
  const state = await ledger.wallet(wallet)
  const entries: string[] = []
  for await (const { sequence, type, from, to, amount } of ledger.statement(wallet)) {
    entries.push(`${sequence} ${type} ${from} ${to} ${amount}`)
  }
  return { balance: state?.balance, cap: state?.cap, overdraftLimit: state?.overdraftLimit, entries }
}
