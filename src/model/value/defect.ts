/**
 * The error thrown when a state is corrupt or an adapter breaks its contract. Invalid input never throws a `Defect`.
 */
export class Defect extends Error {
  override readonly name = 'Defect'
}
