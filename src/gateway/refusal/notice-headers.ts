import { type Instant, isInstant } from '../../model/value/instant.ts'
import type { Notice } from '../../policy/decision/decision.ts'

/** What the headers about notices say besides the notices. */
export interface NoticeOptions {
  /**
   * Since when the alias is deprecated. Default: the epoch, because the policy does not keep it; clients only compare the
   * instant with the present.
   */
  readonly deprecatedAt?: Instant | undefined
  /** The URL of a page about deprecations. Default: no link. */
  readonly documentation?: string | undefined
  /** Returns the URL of a model. Default: `/v1/models/` and its name. */
  readonly urlOf?: ((model: string) => string) | undefined
}

/**
 * Returns the headers for the notices of an allow: `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and `Link` with the
 * relations `successor-version` and `deprecation`. Empty without notices. `Deprecation` is never later than `Sunset`. A URL
 * that a header cannot have is left out.
 */
export function noticeHeaders(
  notices: readonly Notice[],
  options: NoticeOptions = {},
): Readonly<Record<string, string>> {
  const notice = notices.find(({ type }) => type === 'model_deprecated')
  if (notice === undefined) return {}
  const { sunsetAt, successor } = notice
  const urlOf = options.urlOf ?? ((model: string) => `/v1/models/${encodeURIComponent(model)}`)
  const links = [
    ...(successor === undefined ? [] : [linkTo(urlOf(successor), 'successor-version')]),
    ...(options.documentation === undefined ? [] : [linkTo(options.documentation, 'deprecation')]),
  ].filter((link) => link !== undefined)
  const deprecatedAt = isInstant(options.deprecatedAt) ? options.deprecatedAt : 0
  return {
    deprecation: `@${Math.floor(Math.min(deprecatedAt, sunsetAt) / 1_000)}`,
    sunset: new Date(sunsetAt).toUTCString(),
    ...(links.length === 0 ? undefined : { link: links.join(', ') }),
  }
}

function linkTo(url: string, relation: string): string | undefined {
  return /^[!#-;=?-~]{1,2048}$/.test(url) ? `<${url}>; rel="${relation}"` : undefined
}
