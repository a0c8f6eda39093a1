import { setTimeout as pause } from 'node:timers/promises'
import { credit, formatCredit } from 'portcullis'
import type { Admin } from './admin.ts'
import type { Story } from './story.ts'

interface Wallet {
  readonly balance: {
    readonly granted: string
    readonly available: string
    readonly reserved: string
    readonly spent: string
  }
}

interface Entry {
  readonly sequence: number
  readonly type: string
  readonly to: string
  readonly amount: string
  readonly hold?: string
  readonly call?: { readonly path: readonly { readonly id: string }[]; readonly note?: string }
}

interface Statement {
  readonly entries: readonly Entry[]
  readonly next?: string
}

/** Prints the statement of each wallet. `answers` is the number of answers that the provider gave. */
export async function showBill({ page, admin, checks }: Story, answers: number): Promise<void> {
  page.heading('8. The bill')
  page.say('A call that two grants pay has two entries. What was reserved and came back is left out.')
  const paid = new Set<string>()
  for (const team of ['acme-prod', 'acme-dev']) {
    const { balance } = await settledWallet(admin, team)
    const entries = await statementOf(admin, team)
    const spent = entries.filter(({ to }) => to === 'spent')
    const sum = spent.reduce((total, { amount }) => total + credit(amount), 0n)
    for (const { hold = '' } of spent) paid.add(hold)
    page.say(`${team}: ${balance.granted} granted, ${balance.spent} spent, ${balance.available} left`)
    const shown = entries.filter(({ type, to }) => type === 'granted' || to === 'spent')
    page.table(
      [' entry', 'type', ' credits', 'model', 'token'],
      shown.map(({ sequence, type, amount, call }) => [
        ...[String(sequence), type, amount, call?.note ?? '', call?.path[0]?.id ?? ''],
      ]),
    )
    const isExact = credit(balance.granted) === credit(balance.available) + sum
    checks.check(`every credit of ${team} is left or spent`, isExact && formatCredit(sum) === balance.spent)
  }
  checks.check('every answer of the provider is paid once', paid.size === answers)
}

/** Returns the wallet of a team when its last call is settled, which can be shortly after the answer. */
async function settledWallet(admin: Admin, team: string): Promise<Wallet> {
  for (let tries = 0; ; tries += 1) {
    const wallet = await admin.get<Wallet>(`/wallets/teams/${team}`)
    if (wallet.balance.reserved === '0' || tries === 100) return wallet
    await pause(20)
  }
}

/** Returns the statement of a team, page by page. */
async function statementOf(admin: Admin, team: string): Promise<Entry[]> {
  const all: Entry[] = []
  for (let after = '0', isMore = true; isMore; ) {
    const { entries, next } = await admin.get<Statement>(`/wallets/teams/${team}/statement?limit=20&after=${after}`)
    all.push(...entries)
    isMore = next !== undefined
    after = next ?? after
  }
  return all
}
