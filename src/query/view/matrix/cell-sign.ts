import type { DenialReason } from '../../../policy/decision/denial.ts'
import { isoOf } from '../../phrase.ts'
import type { AccessKind, AccessMatrix, MatrixCell } from './access-matrix.ts'

/**
 * The representation of a cell: a mark for pictures, a word for tables, and a phrase for the legend. Marks differ
 * without colour.
 */
export interface Sign {
  readonly mark: 'G' | 'P' | 'U' | 'M' | '+' | 'dot' | 'cross' | 'ring' | 'bars' | 'dash'
  readonly word: string
  readonly legend: string
}

const accessSigns: Readonly<Record<AccessKind, Sign>> = {
  accessGroup: { mark: 'G', word: 'group', legend: 'by an access group' },
  plan: { mark: 'P', word: 'plan', legend: 'by a plan' },
  userRole: { mark: 'U', word: 'user role', legend: 'by a user role' },
  managerRole: { mark: 'M', word: 'manager role', legend: 'by a manager role' },
  several: { mark: '+', word: 'several', legend: 'in several ways' },
}

const suspended: Sign = { mark: 'bars', word: 'suspended', legend: 'suspended' }
const notGranted: Sign = { mark: 'dot', word: '–', legend: 'not granted' }

const denialSigns: { readonly [R in DenialReason]?: Sign } = {
  model_not_granted: notGranted,
  model_restricted: { mark: 'cross', word: 'restricted', legend: 'restricted' },
  model_unavailable: { mark: 'ring', word: 'unavailable', legend: 'unavailable' },
  model_retired: { mark: 'dash', word: 'retired', legend: 'retired' },
  principal_suspended: suspended,
  organization_suspended: suspended,
}

/** All signs, in the order of the legend. */
export const signs: readonly Sign[] = [...new Set([...Object.values(accessSigns), ...Object.values(denialSigns)])]

/** Returns the sign (mark, word and legend phrase) of a cell. */
export function signOf(cell: MatrixCell): Sign {
  return cell.kind === 'none' ? (denialSigns[cell.reason] ?? notGranted) : accessSigns[cell.kind]
}

/**
 * Returns when the access of a cell ends: the latest end among its paths. `undefined` if a path has no end, or the cell
 * has no access.
 */
export function endOf(cell: MatrixCell): number | undefined {
  if (cell.kind === 'none') return undefined
  let last = 0
  for (const { until } of cell.reach) {
    if (until === undefined) return undefined
    last = Math.max(last, until)
  }
  return last
}

/** The caption of a matrix: its size, instant and version, and the numbers of omitted principals and models. */
export function captionOf({ rows, columns, at, version, omitted }: AccessMatrix): string {
  const size = `${count(rows.length, 'principal')} × ${count(columns.length, 'model')}`
  const omittedCounts = [
    ...(omitted.principals > 0 ? [count(omitted.principals, 'principal')] : []),
    ...(omitted.models > 0 ? [count(omitted.models, 'model')] : []),
  ]
  const more = omittedCounts.length === 0 ? '' : `; not shown: ${omittedCounts.join(' and ')}`
  return `${size} at ${isoOf(at)}, version ${version}${more}`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** The noun for each type of principal. */
export const principalNouns = { team: 'team', virtualAccount: 'virtual account', user: 'user' } as const
