import { closing, opening, today } from './day.ts'
import type { UseRequest } from './portcullis.ts'
import type { Random } from './random.ts'
import { digestOf } from './secret.ts'

/** One request that reaches the gateway, with what the call behind it would use. */
export interface Ask {
  /** Whose traffic it is, for the report: a team, a virtual account, or neither. */
  readonly home: string
  readonly request: UseRequest
  readonly inputTokens: number
  /** The most the client allows the answer to have, and what it would have. */
  readonly outputLimit: number
  readonly outputTokens: number
  readonly milliseconds: number
}

/** A source of requests: a program or a person. */
interface Voice {
  readonly home: string
  readonly who: UseRequest['who']
  readonly count: number
  readonly models: Readonly<Record<string, number>>
  readonly team?: string
  readonly from?: number
  readonly to?: number
}

/** A credential, presented as the digest of its secret, as a gateway sees it. */
const key = (credential: string): UseRequest['who'] => ({ type: 'credentialDigest', digest: digestOf(credential) })

/** The programs: virtual keys of teams, and the virtual account's token. The numbers are shares of what they ask for. */
const programs: readonly Voice[] = [
  {
    ...{ home: 'acme-prod', who: key('vk-acme-prod'), count: 900 },
    models: {
      'gpt-4': 25,
      'gpt-3.5-turbo': 30,
      'claude-3-opus': 12,
      'claude-3-sonnet': 20,
      'gemini-1.5-pro': 8,
      'gpt-4-vision': 4,
    },
  },
  { home: 'acme-prod', who: key('vk-acme-batch'), count: 120, models: { 'gpt-3.5-turbo': 9, 'gpt-4': 1 } },
  {
    ...{ home: 'acme-dev', who: key('vk-acme-dev'), count: 500 },
    models: { 'gpt-3.5-turbo': 40, 'claude-3-haiku': 30, 'claude-2': 10, 'gpt-5': 20, 'claude-opus-4-1': 10 },
  },
  {
    ...{ home: 'newclient-prod', who: key('vk-newclient-prod'), count: 750, from: today('08:10') },
    models: {
      'gpt-3.5-turbo': 40,
      'claude-3-haiku': 30,
      'gpt-4-turbo': 12,
      'claude-3-sonnet': 12,
      'gemini-pro': 8,
      'gpt-4': 2,
    },
  },
  {
    ...{ home: 'techco-dev', who: key('vk-techco-dev'), count: 400 },
    models: {
      'gpt-3.5-turbo': 50,
      'gpt-4': 20,
      'claude-3-haiku': 15,
      'zai/glm-4.5-flash': 8,
      'github-copilot/gpt-4.1': 4,
    },
  },
  { home: 'client-staging', who: key('vk-client-staging'), count: 420, models: { 'gpt-3.5-turbo': 75, 'gpt-4': 25 } },
  {
    ...{ home: 'acme-chatbot', who: key('va-acme-chatbot'), count: 520 },
    models: { 'gpt-3.5-turbo': 50, 'claude-3-haiku': 30, 'anthropic/claude-3-5-haiku-20241022': 20 },
  },
]

/** The people, each with a personal access token, and the habits that get some of them refused. */
const people: readonly Voice[] = [
  {
    home: 'acme-dev',
    who: key('pat-bob'),
    count: 60,
    to: today('13:15'),
    models: { 'gpt-3.5-turbo': 7, 'claude-3-haiku': 3 },
  },
  {
    home: 'acme-dev',
    who: key('pat-bob-2'),
    count: 60,
    from: today('13:16'),
    models: { 'gpt-3.5-turbo': 7, 'claude-3-haiku': 3 },
  },
  {
    home: 'acme-prod',
    who: key('pat-bob-2'),
    count: 20,
    from: today('13:16'),
    team: 'acme-prod',
    models: { 'gpt-4': 1 },
  },
  { home: 'acme-dev', who: key('pat-bob'), count: 8, from: today('13:16'), models: { 'gpt-3.5-turbo': 1 } },
  {
    home: 'acme-dev',
    who: key('pat-carol'),
    count: 70,
    models: { 'claude-3-sonnet': 5, 'anthropic/claude-sonnet-4-20250514': 5, 'gpt-3.5-turbo': 5 },
  },
  { home: 'acme-prod', who: key('pat-chen'), count: 60, models: { 'gpt-4': 1, 'claude-3-sonnet': 2 } },
  { home: 'acme-dev', who: key('pat-dmitri'), count: 50, models: { 'gpt-3.5-turbo': 8, 'gpt-3.5-trubo': 1 } },
  { home: 'acme-dev', who: key('pat-frank'), count: 25, team: 'acme-dev', models: { 'claude-3-haiku': 1 } },
  { home: 'nobody yet', who: key('pat-frank'), count: 12, models: { 'gpt-3.5-turbo': 1 } },
  { home: 'techco-dev', who: key('pat-tara'), count: 70, models: { 'gpt-4': 1, 'gpt-3.5-turbo': 3 } },
  { home: 'techco-dev', who: key('pat-tom'), count: 40, models: { 'gpt-3.5-turbo': 1 } },
  { home: 'nobody yet', who: key('pat-tom'), count: 5, team: 'acme-dev', models: { 'gpt-3.5-turbo': 1 } },
  { home: 'client-staging', who: key('pat-kim'), count: 30, models: { 'gpt-3.5-turbo': 1 } },
  { home: 'client-staging', who: key('pat-lars'), count: 40, models: { 'gpt-3.5-turbo': 1 } },
  { home: 'nobody yet', who: key('pat-mallory'), count: 9, models: { 'gpt-4': 1 } },
  { home: 'nobody yet', who: { type: 'user', id: 'newcomer' }, count: 3, models: { 'gpt-4': 1 } },
]

/** How busy each hour from seven in the morning to seven in the evening is. */
const hours = new Map([2, 5, 9, 11, 11, 8, 7, 10, 11, 9, 6, 3].map((share, i) => [i, share]))

/** Every request of the day, in order of time. */
export function traffic(random: Random): Ask[] {
  const asks: Ask[] = []
  for (const voice of [...programs, ...people]) {
    for (let i = 0; i < voice.count; i += 1) asks.push(ask(voice, random))
  }
  return asks.sort((a, b) => a.request.at - b.request.at)
}

function ask({ home, who, team, models, from = opening, to = closing }: Voice, random: Random): Ask {
  let at = -1
  while (at < from || at >= to) at = opening + Math.floor((random.weighted(hours) + random.fraction()) * 3_600_000)
  const model = random.weighted(new Map(Object.entries(models)))
  const outputLimit = 200 * random.skewed(1, 10)
  return {
    home,
    request: { type: 'use', who, model, at, ...(team === undefined ? {} : { team }) },
    inputTokens: random.skewed(100, 12_000),
    outputLimit,
    outputTokens: random.skewed(20, outputLimit),
    milliseconds: random.skewed(300, 30_000),
  }
}
