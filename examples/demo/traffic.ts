import type { UseRequest } from 'portcullis'
import { closing, opening } from './day.ts'
import type { Random } from './random.ts'
import { type Voice, voices } from './voice.ts'

/** One request to the gateway, with the token counts and the duration of the resulting model call. */
export interface Ask {
  readonly home: string
  /** The secret that the client presents. */
  readonly token: string
  readonly request: UseRequest
  readonly inputTokens: number
  /** The client's limit on output tokens. `outputTokens` is the actual number. */
  readonly outputLimit: number
  readonly outputTokens: number
  readonly milliseconds: number
}

/** The relative load of each hour from 07:00 to 19:00. Key 0 is the hour from 07:00. */
const hours = new Map([2, 5, 9, 11, 11, 8, 7, 10, 11, 9, 6, 3].map((share, i) => [i, share]))

/** Returns every request of the day, in order of time. */
export function traffic(random: Random): Ask[] {
  const asks = voices.flatMap((voice) => Array.from({ length: voice.count }, () => ask(voice, random)))
  return asks.sort((a, b) => a.request.at - b.request.at)
}

function ask({ home, who, token, models, habits }: Voice, random: Random): Ask {
  const { team, from = opening, to = closing } = habits
  let at = -1
  while (at < from || at >= to) at = opening + Math.floor((random.weighted(hours) + random.fraction()) * 3_600_000)
  const model = random.weighted(models)
  const outputLimit = 200 * random.skewed(1, 10)
  return {
    home,
    token,
    request: { type: 'use', who, model, at, ...(team === undefined ? {} : { team }) },
    inputTokens: random.skewed(100, 12_000),
    outputLimit,
    outputTokens: random.skewed(20, outputLimit),
    milliseconds: random.skewed(300, 30_000),
  }
}
