import fc from 'fast-check'
import type { Command, Request, Snapshot } from 'portcullis'
import { toSnapshot } from 'portcullis'
import { arbitraryCommands, arbitraryRequest, arbitrarySession } from 'portcullis/testing'
import { fromJson, toJson } from './bigint-json.ts'

/** The inputs of a replay: states with requests, and lists of commands from the empty state. */
export interface Corpus {
  readonly sessions: readonly { readonly snapshot: Snapshot; readonly requests: readonly Request[] }[]
  readonly histories: readonly (readonly Command[])[]
}

/** Generates a corpus with this number of states and half as many histories: the same for the same seed. */
export function makeCorpus(seed: number, states: number): Corpus {
  const sessions = fc.sample(arbitrarySession(arbitraryRequest, 20), { numRuns: states, seed })
  const histories = fc.sample(arbitraryCommands, { numRuns: states / 2, seed })
  const corpus: Corpus = {
    sessions: sessions.map(({ state, requests }) => ({ snapshot: toSnapshot(state), requests })),
    histories,
  }
  return fromJson(toJson(corpus)) as Corpus
}
