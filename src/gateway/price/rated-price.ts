import type { CallBound, CallUsage, Price, TokenUnit } from './pricer.ts'
import { denominator, highestRate, type Rate, rateAt } from './rate.ts'

/** The units that have a rate of their own. `request` is used once by each call. */
export type RatedUnit = TokenUnit | 'audioSecond' | 'image' | 'webSearch' | 'fileSearch' | 'request'
export type Rates = { readonly [U in RatedUnit]?: Rate | undefined }

/** A part of a usage: its amount, and the units whose rates hold for it, in order. */
type Part = readonly [amount: number, ...units: RatedUnit[]]

/**
 * A price that is made of rates. A unit without a rate of its own has that of the unit that it is a part of, but for writes
 * to the cache for an hour.
 */
export class RatedPrice implements Price {
  readonly name: string
  readonly contextWindow?: number
  readonly maxOutput?: number
  readonly #rates: Rates

  constructor(name: string, rates: Rates, limits: Pick<Price, 'contextWindow' | 'maxOutput'> = {}) {
    this.name = name
    this.#rates = rates
    if (limits.contextWindow !== undefined) this.contextWindow = limits.contextWindow
    if (limits.maxOutput !== undefined) this.maxOutput = limits.maxOutput
  }

  costOf(usage: CallUsage): bigint | undefined {
    const parts = partsOf(usage)
    if (parts === undefined) return undefined
    const { input = 0 } = usage
    let sum = this.#request(input)
    for (const [amount, ...units] of parts) {
      if (amount === 0) continue
      const rate = this.#rateOf(units)
      if (rate === undefined) return undefined
      sum += BigInt(amount) * rateAt(rate, input)
    }
    return ceil(sum)
  }

  boundOf(bound: CallBound): bigint | undefined {
    if (!isBound(bound) || Object.keys(this.#rates).length === 0) return undefined
    return ceil(this.#rest(bound) + BigInt(bound.output) * this.#outputRate(bound))
  }

  outputWithin(amount: bigint, bound: CallBound): number | undefined {
    if (!isBound(bound) || Object.keys(this.#rates).length === 0) return undefined
    const left = amount * denominator - this.#rest(bound)
    if (left < 0n) return undefined
    const rate = this.#outputRate(bound)
    const most = rate === 0n ? BigInt(Number.MAX_SAFE_INTEGER) : left / rate
    return Number(most > BigInt(Number.MAX_SAFE_INTEGER) ? BigInt(Number.MAX_SAFE_INTEGER) : most)
  }

  /** The bound without the output. */
  #rest(bound: CallBound): bigint {
    const { input, hasAudio, hasImages, hasCacheWrite, audioSeconds = 0, images = 0 } = bound
    const units: RatedUnit[] = ['input', 'cachedInput', 'cacheWrite']
    if (hasCacheWrite) units.push('cacheWriteHour')
    if (hasAudio) units.push('inputAudio', 'cachedInputAudio')
    if (hasImages) units.push('inputImage', 'cachedInputImage')
    const fixed = this.#request(input) + BigInt(audioSeconds) * this.#highest(['audioSecond'], input)
    return fixed + BigInt(input) * this.#highest(units, input) + BigInt(images) * this.#highest(['image'], input)
  }

  #outputRate({ input, hasAudio, hasImages }: CallBound): bigint {
    const units: RatedUnit[] = ['output', 'reasoning']
    if (hasAudio) units.push('outputAudio')
    if (hasImages) units.push('outputImage')
    return this.#highest(units, input)
  }

  #request(input: number): bigint {
    const { request } = this.#rates
    return request === undefined ? 0n : highestRate(request, input)
  }

  #rateOf(units: readonly RatedUnit[]): Rate | undefined {
    for (const unit of units) {
      const rate = this.#rates[unit]
      if (rate !== undefined) return rate
    }
    return undefined
  }

  #highest(units: readonly RatedUnit[], input: number): bigint {
    let highest = 0n
    for (const unit of units) {
      const rate = this.#rates[unit]
      if (rate !== undefined && highestRate(rate, input) > highest) highest = highestRate(rate, input)
    }
    return highest
  }
}

/** Splits a usage into parts that do not overlap. Returns `undefined` if the parts exceed the whole. */
function partsOf(usage: CallUsage): readonly Part[] | undefined {
  const { input = 0, cachedInput = 0, cacheWrite = 0, cacheWriteHour = 0 } = usage
  const { inputAudio = 0, cachedInputAudio = 0, inputImage = 0, cachedInputImage = 0 } = usage
  const { output = 0, outputAudio = 0, outputImage = 0, reasoning = 0 } = usage
  const { audioSeconds = 0, images = 0, webSearches = 0, fileSearches = 0 } = usage
  const audio = inputAudio - cachedInputAudio
  const image = inputImage - cachedInputImage
  const parts: readonly Part[] = [
    [input - cachedInput - cacheWrite - audio - image, 'input'],
    [cachedInput - cachedInputAudio - cachedInputImage, 'cachedInput', 'input'],
    [cacheWrite - cacheWriteHour, 'cacheWrite', 'input'],
    // Dearer than an ordinary write, so that the price of one would be too low.
    [cacheWriteHour, 'cacheWriteHour'],
    [audio, 'inputAudio', 'input'],
    [cachedInputAudio, 'cachedInputAudio', 'inputAudio', 'cachedInput', 'input'],
    [image, 'inputImage', 'input'],
    [cachedInputImage, 'cachedInputImage', 'inputImage', 'cachedInput', 'input'],
    [output - outputAudio - outputImage - reasoning, 'output'],
    [outputAudio, 'outputAudio', 'output'],
    [outputImage, 'outputImage', 'output'],
    [reasoning, 'reasoning', 'output'],
    [audioSeconds, 'audioSecond'],
    [images, 'image'],
    [webSearches, 'webSearch'],
    [fileSearches, 'fileSearch'],
  ]
  return parts.every(([amount]) => isCount(amount)) ? parts : undefined
}

function isBound({ input, output, audioSeconds = 0, images = 0 }: CallBound): boolean {
  return isCount(input) && isCount(output) && isCount(audioSeconds) && isCount(images)
}

function isCount(amount: number): boolean {
  return Number.isSafeInteger(amount) && amount >= 0
}

function ceil(sum: bigint): bigint {
  return (sum + denominator - 1n) / denominator
}
