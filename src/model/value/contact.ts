/**
 * Who can resolve a refusal: the caller with another request or credential, the payer, or the operator of the gateway.
 */
export type Contact = 'caller' | 'payer' | 'operator'
