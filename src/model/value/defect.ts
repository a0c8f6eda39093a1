/** The one thrown class: a corrupt state, or an adapter that broke its promise. Never thrown for what a caller sent. */
export class Defect extends Error {
  override readonly name = 'Defect'
}
