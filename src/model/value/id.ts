import * as z from 'zod'

/** The maximum length of an id, in UTF-16 code units. */
export const idLimit = 256

const plain = /^[ -~]{1,256}$/
const forbidden =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this rejects
  /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/**
 * Whether a string is an id: 1 to 256 UTF-16 code units, without control characters, line separators, bidirectional
 * overrides or lone surrogates. `__proto__` and emoji are legal.
 */
export function isId(value: string): boolean {
  return plain.test(value) || (value.length > 0 && value.length <= idLimit && !forbidden.test(value))
}

/** An id: a printable string of 1 to 256 characters, compared exactly. */
export const Id = z.string().refine(isId, {
  error: `expected a printable string of 1 to ${idLimit} characters, without control or bidirectional-override characters`,
})
export type Id = z.infer<typeof Id>

/** The id of a provider account: an id without `/`, so that the name `account/model` is unambiguous. */
export const ProviderAccountId = Id.refine((id) => !id.includes('/'), {
  error: 'expected a provider account id without `/`, as in `openai`',
})
export type ProviderAccountId = z.infer<typeof ProviderAccountId>

const groupName = /^[a-z0-9]+(?:[-.][a-z0-9]+)*$/

/**
 * An access group's name: lowercase letters and digits, separated by single hyphens or dots, as in `gpt-4.1-models`.
 */
export const AccessGroupId = z.string().refine((id) => id.length <= idLimit && groupName.test(id), {
  error:
    'expected an access group name of lowercase letters and digits, separated by single hyphens or dots, as in `gpt-4.1-models`',
})

const unprintable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this rejects
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/**
 * Whether a string can be stored and displayed. Unlike an id, the string may be empty, may have any length, and may
 * have line breaks and tabs.
 */
export function isPrintable(value: string): boolean {
  return !unprintable.test(value)
}

/** A display name or a description: up to 1,024 characters. The library never compares labels. */
export const Label = z
  .string()
  .max(1024, { error: 'expected a string of at most 1024 characters' })
  .refine(isPrintable, { error: 'expected a string without control or bidirectional-override characters' })

const sha256 = /^[0-9a-f]{64}$/

/** Whether a string is a digest: 64 lowercase hexadecimal digits. */
export function isDigest(value: string): boolean {
  return sha256.test(value)
}

/** The SHA-256 digest of a secret, as 64 lowercase hexadecimal digits. The library never sees the secret itself. */
export const Digest = z
  .string()
  .regex(sha256, { error: 'expected a SHA-256 digest as 64 lowercase hexadecimal digits' })
export type Digest = z.infer<typeof Digest>
