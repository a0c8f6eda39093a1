import type { AuthZenEvaluator } from '../message/evaluator.ts'

/** The endpoints of the API: the name in the metadata, the path, and the method of the evaluator. */
export const endpoints = [
  { name: 'access_evaluation_endpoint', path: '/access/v1/evaluation', method: 'evaluate' },
  { name: 'access_evaluations_endpoint', path: '/access/v1/evaluations', method: 'evaluate' },
  { name: 'search_subject_endpoint', path: '/access/v1/search/subject', method: 'searchSubjects' },
  { name: 'search_resource_endpoint', path: '/access/v1/search/resource', method: 'searchResources' },
  { name: 'search_action_endpoint', path: '/access/v1/search/action', method: 'searchActions' },
] as const
export type EndpointName = (typeof endpoints)[number]['name']

/** The path of the metadata on its host, before the path of the decision point. */
export const metadataPath = '/.well-known/authzen-configuration'

/** Returns the metadata of a decision point: its identifier, and the URL of each endpoint that the evaluator has. */
export function metadataOf(policyDecisionPoint: string, evaluator: AuthZenEvaluator): Readonly<Record<string, string>> {
  const base = policyDecisionPoint.replace(/\/$/, '')
  const served = endpoints.filter(({ method }) => evaluator[method] !== undefined)
  const urls = served.map(({ name, path }) => [name, `${base}${path}`] as const)
  return { policy_decision_point: policyDecisionPoint, ...Object.fromEntries(urls) }
}
