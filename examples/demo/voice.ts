import type { UseRequest } from 'portcullis'
import { today } from './day.ts'
import { digestOf, secretOf } from './secret.ts'

/** A source of requests: a program or a person that uses a credential. */
export interface Voice {
  /** The team or virtual account under which the report counts the requests, or `others`. */
  readonly home: string
  readonly who: UseRequest['who']
  /** The secret of the credential, which the client presents. */
  readonly token: string
  readonly count: number
  /** By model name: the relative frequency of requests for the model. */
  readonly models: ReadonlyMap<string, number>
  /** The team that the requests name, and the instants of the day between which they are made. */
  readonly habits: { readonly team?: string; readonly from?: number; readonly to?: number }
}

/** Makes a source of requests. The gateway identifies the credential by the digest of its secret. */
function voice(
  home: string,
  credential: string,
  count: number,
  models: Readonly<Record<string, number>>,
  habits: Voice['habits'] = {},
): Voice {
  const who = { type: 'credentialDigest', digest: digestOf(credential) } as const
  return { home, who, token: secretOf(credential), count, models: new Map(Object.entries(models)), habits }
}

const others = 'others'
const revoked = today('13:16')
const cheap = { 'gpt-3.5-turbo': 7, 'claude-3-haiku': 3 }
const tiers = { 'gpt-3.5-turbo': 40, 'claude-3-haiku': 30, 'gpt-4-turbo': 12, 'claude-3-sonnet': 12, 'gemini-pro': 8 }

/** The programs. They use the virtual keys of teams and the token of the virtual account. */
const programs: readonly Voice[] = [
  voice('acme-prod', 'vk-acme-prod', 900, {
    'gpt-4': 25,
    'gpt-3.5-turbo': 30,
    'claude-3-opus': 12,
    'claude-3-sonnet': 20,
    'gemini-1.5-pro': 8,
    'gpt-4-vision': 4,
  }),
  voice('acme-prod', 'vk-acme-batch', 120, { 'gpt-3.5-turbo': 9, 'gpt-4': 1 }),
  voice('acme-dev', 'vk-acme-dev', 500, { ...cheap, 'claude-2': 1, 'gpt-5': 2, 'claude-opus-4-1': 1 }),
  voice('newclient-prod', 'vk-newclient-prod', 750, { ...tiers, 'gpt-4': 2 }, { from: today('08:10') }),
  voice('techco-dev', 'vk-techco-dev', 400, {
    'gpt-3.5-turbo': 50,
    'gpt-4': 20,
    'claude-3-haiku': 15,
    'zai/glm-4.5-flash': 8,
    'github-copilot/gpt-4.1': 4,
  }),
  voice('client-staging', 'vk-client-staging', 420, { 'gpt-3.5-turbo': 75, 'gpt-4': 25 }),
  voice('acme-chatbot', 'va-acme-chatbot', 520, { ...cheap, 'anthropic/claude-3-5-haiku-20241022': 2 }),
]

/** The users. They use personal access tokens, and some of their requests are refused. */
const people: readonly Voice[] = [
  voice('acme-dev', 'pat-bob', 60, cheap, { to: today('13:15') }),
  voice('acme-dev', 'pat-bob-2', 60, cheap, { from: revoked }),
  voice('acme-prod', 'pat-bob-2', 20, { 'gpt-4': 1 }, { from: revoked, team: 'acme-prod' }),
  voice('acme-dev', 'pat-bob', 8, cheap, { from: revoked }),
  voice('acme-dev', 'pat-carol', 70, {
    'claude-3-sonnet': 1,
    'anthropic/claude-sonnet-4-20250514': 1,
    'gpt-3.5-turbo': 1,
  }),
  voice('acme-prod', 'pat-chen', 60, { 'gpt-4': 1, 'claude-3-sonnet': 2 }),
  voice('acme-dev', 'pat-dmitri', 50, { 'gpt-3.5-turbo': 8, 'gpt-3.5-trubo': 1 }),
  voice('acme-dev', 'pat-frank', 25, cheap, { team: 'acme-dev' }),
  voice(others, 'pat-frank', 12, { 'gpt-3.5-turbo': 1 }),
  voice('techco-dev', 'pat-tara', 70, { 'gpt-4': 1, 'gpt-3.5-turbo': 3 }),
  voice('techco-dev', 'pat-tom', 40, { 'gpt-3.5-turbo': 1 }),
  voice(others, 'pat-tom', 5, { 'gpt-3.5-turbo': 1 }, { team: 'acme-dev' }),
  voice('client-staging', 'pat-kim', 30, { 'gpt-3.5-turbo': 1 }),
  voice('client-staging', 'pat-lars', 40, { 'gpt-3.5-turbo': 1 }),
  voice(others, 'pat-mallory', 9, { 'gpt-4': 1 }),
]

export const voices: readonly Voice[] = [...programs, ...people]
