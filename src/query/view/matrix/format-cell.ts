import { quote } from '../../../model/value/quote.ts'
import { formatReach } from '../../../policy/decision/format-decision.ts'
import type { AccessPayer } from '../../access.ts'
import type { MatrixCell } from './access-matrix.ts'
import { principalNouns, signOf } from './cell-sign.ts'

/**
 * Formats a cell on one line for operators: what gives access, over which routes, and who pays. A cell without access
 * states why access is denied.
 */
export function formatCell(cell: MatrixCell): string {
  if (cell.kind === 'none') return `${signOf(cell).legend} (${cell.reason})`
  const over = cell.routes.map(({ providerAccount, model }) => quote(`${providerAccount}/${model}`))
  return `by ${cell.reach.map(formatReach).join(', ')}; over ${over.join(', ')}; ${formatPayer(cell.payer)}`
}

function formatPayer(payer: AccessPayer): string {
  if (payer.type === 'none') return 'calls are free'
  if (payer.type === 'ambiguous') return `the call must name who pays of the teams ${payer.teams.map(quote).join(', ')}`
  return `${principalNouns[payer.wallet.type]} ${quote(payer.wallet.id)} pays`
}
