import type { GatewayReason, RefusalReason } from '../../../../src/gateway/refusal/refusal-table.ts'

/** The reasons that only a gateway gives. A new reason without a line does not compile. */
const ofGateway: Readonly<Record<GatewayReason, true>> = {
  token_missing: true,
  token_ambiguous: true,
  route_unknown: true,
  method_not_allowed: true,
  header_invalid: true,
  body_invalid: true,
  body_too_large: true,
  media_type_unsupported: true,
  plan_required: true,
  price_unknown: true,
  upstream_refused: true,
  upstream_failed: true,
  upstream_timeout: true,
  stream_failed: true,
}

/** Whether a reason is the gateway's own, so that no engine gives it. */
export const isOfGateway = (reason: RefusalReason): reason is GatewayReason => Object.hasOwn(ofGateway, reason)
