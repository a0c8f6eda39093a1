import { apply, authorize, emptyState, fromSnapshot, type State, toSnapshot } from 'portcullis'
import { explain, formatExplanation, listModels } from 'portcullis/query'
import { callThroughGuard } from './call-through-guard.ts'
import type { Corpus } from './corpus.ts'
import { spendAllowances } from './spend-allowances.ts'

/** What is compared: whole decisions, applied commands, answers of queries, writes of the ledger, calls through the guard. */
export const kinds = ['decisions', 'commands', 'queries', 'writes', 'calls'] as const

/** The results of a replay as comparable strings, in the order in which they were computed. */
export type Recording = Readonly<Record<(typeof kinds)[number], readonly string[]>>

/** Computes every result for a corpus in this runtime. */
export async function replay({ sessions, histories }: Corpus): Promise<Recording> {
  const decisions: string[] = []
  const queries: string[] = []
  for (const { snapshot, requests } of sessions) {
    const restored = fromSnapshot(snapshot)
    if (!restored.ok) throw new Error(JSON.stringify(restored.faults))
    for (const request of requests) {
      decisions.push(textOf(authorize(request, restored.state)))
      queries.push(formatExplanation(explain(request, restored.state)))
      if (request.type === 'use') queries.push(textOf(listModels(request.who, restored.state, { at: request.at })))
    }
  }
  const commands = histories.flatMap((history) => {
    let state: State = emptyState
    const results = history.map((command) => {
      const applied = apply(command, state)
      if (applied.ok) state = applied.state
      return textOf(applied.ok ? applied.events : applied.rejection)
    })
    return [...results, textOf(toSnapshot(state))]
  })
  const writes = (await spendAllowances()).map(textOf)
  const calls = (await callThroughGuard()).map(textOf)
  return { decisions, commands, queries, writes, calls }
}

/** The value as JSON with sorted keys; bigints and `undefined` are told apart from numbers and absent fields. */
function textOf(root: unknown): string {
  return JSON.stringify(root, (_key, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`
    if (value === undefined) return '(undefined)'
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
