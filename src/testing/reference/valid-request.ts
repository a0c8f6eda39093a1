import type { Request } from '../../policy/request/request.ts'

type Check = (value: unknown) => boolean

/** Whether a value is a valid request. Implemented without zod. A key whose value is `undefined` counts as absent. */
export function isRequest(value: unknown): value is Request {
  return isUse(value) || isManage(value)
}

const isUse = shape(
  { type: literal('use'), who: isWho, model: isText, at: isInstant },
  { team: isText, operation: isOperation, credits: shape({ available: isBalance }, { estimate: isEstimate }) },
)

const isManage = shape({ type: literal('manage'), who: isWho, thing: isThing, at: isInstant }, {})

function isWho(value: unknown): boolean {
  const principals = ['user', 'team', 'virtualAccount', 'credential']
  return (
    principals.some((type) => shape({ type: literal(type), id: isText }, {})(value)) ||
    shape({ type: literal('credentialDigest'), digest: isDigest }, {})(value)
  )
}

function isThing(value: unknown): boolean {
  const named = ['organization', 'team', 'teamMembers', 'virtualAccount', 'providerAccount', 'userTokens']
  return (
    shape({ type: literal('platform') }, {})(value) ||
    named.some((type) => shape({ type: literal(type), id: isText }, {})(value))
  )
}

function isOperation(value: unknown): boolean {
  const known = ['chat', 'responses', 'messages', 'embeddings', 'images', 'audio', 'moderations', 'count_tokens']
  return typeof value === 'string' && known.includes(value)
}

function isEstimate(value: unknown): boolean {
  return isAmount(value) && !(typeof value === 'bigint' && value < 0n)
}

/** Whether a value is an amount that may be below zero: the balance of a wallet in debt. */
function isBalance(value: unknown): boolean {
  return isAmount(typeof value === 'string' && value.startsWith('-') ? value.slice(1) : value)
}

function isAmount(value: unknown): boolean {
  if (typeof value === 'bigint') return true
  if (typeof value !== 'string' || !/^(0|[1-9]\d{0,11})(\.\d{1,9})?$/.test(value)) return false
  return unitsOf(value) <= 2n ** 63n - 1n
}

/** Converts an amount to units of 10^-9 credits. */
export function unitsOf(amount: bigint | string): bigint {
  if (typeof amount === 'bigint') return amount
  if (amount.startsWith('-')) return -unitsOf(amount.slice(1))
  const [whole = '', fraction = ''] = amount.split('.')
  return BigInt(whole + fraction + '0'.repeat(9 - fraction.length))
}

function isInstant(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1e11 && value <= 1e14
}

function isDigest(value: unknown): boolean {
  return (
    typeof value === 'string' && value.length === 64 && [...value].every((digit) => '0123456789abcdef'.includes(digit))
  )
}

/** Whether a value is a string that is short enough for an id, or for an account id, a slash and a model id. */
function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length >= 1 && value.length <= 256 + 1 + 256
}

function literal(expected: string): Check {
  return (value) => value === expected
}

/** Creates a check of an object's keys and values: all of `required`, any of `optional`, and no others. */
function shape(required: Record<string, Check>, optional: Record<string, Check>): Check {
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
    const fields = new Map(Object.entries(value))
    return (
      [...fields.keys()].every((key) => Object.hasOwn(required, key) || Object.hasOwn(optional, key)) &&
      Object.entries(required).every(([key, check]) => check(fields.get(key))) &&
      Object.entries(optional).every(([key, check]) => fields.get(key) === undefined || check(fields.get(key)))
    )
  }
}
