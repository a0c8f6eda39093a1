import { quote } from '../../model/value/quote.ts'
import type { Payer, Route } from '../../policy/decision/decision.ts'
import { describeOpenModels, listOf, nameOf, routeOf } from '../phrase.ts'
import type { AmbiguousTeams, ModelChange, ModelKept, ModelName } from './diff-change.ts'

/** The kinds of verb in a diff line: one kind for each effect, and three kinds for the effect `ambiguous`. */
type Verb = Exclude<ModelChange['effect'], 'ambiguous'> | 'kept' | 'mustName' | 'mustStillName' | 'denied'

/** A verb for each kind, in the singular or the plural. */
export type Wording = Readonly<Record<Verb, string>>

export const singular: Wording = {
  gained: 'gains',
  lost: 'loses',
  wider: 'has more routes to',
  narrower: 'has fewer routes to',
  rerouted: 'has other routes to',
  kept: 'keeps',
  mustName: 'must name a team for',
  mustStillName: 'must still name a team for',
  denied: 'is denied',
}

export const plural: Wording = {
  gained: 'gain',
  lost: 'lose',
  wider: 'have more routes to',
  narrower: 'have fewer routes to',
  rerouted: 'have other routes to',
  kept: 'keep',
  mustName: 'must name a team for',
  mustStillName: 'must still name a team for',
  denied: 'are denied',
}

/** The maximum number of names in a list, and of models in a line for one effect. */
const nameLimit = 12

/** Joins at most the first 12 names. Adds the number of omitted names. */
export const listed = (names: readonly string[]): string => listOf(names, nameLimit)

const effects = ['lost', 'narrower', 'rerouted', 'ambiguous', 'wider', 'gained'] as const

/** Formats the effects of changes, losses first. Returns an empty string if there are no changes. */
export function phraseOf(changes: readonly ModelChange[], wording: Wording): string {
  return effects
    .flatMap((effect) =>
      phrasesOf(
        changes.filter((change) => change.effect === effect),
        wording,
      ),
    )
    .join('; ')
}

/**
 * Formats changes that have the same effect. Models with the same verb and detail share a phrase. If several phrases
 * are needed, only the first 12 models are listed.
 */
function phrasesOf(changes: readonly ModelChange[], wording: Wording): readonly string[] {
  const all = groupByText(changes)
  const [first] = all
  if (first === undefined) return []
  const groups = all.length === 1 ? all : groupByText(changes.slice(0, nameLimit))
  const phrases = groups.map(({ verb, detail, models }) => `${wording[verb]} ${listed(models)}${detail}`)
  const more = changes.length - nameLimit
  return all.length === 1 || more <= 0 ? phrases : [...phrases, `${wording[first.verb]} ${more} more`]
}

interface TextGroup {
  readonly verb: Verb
  readonly detail: string
  readonly models: string[]
}

function groupByText(changes: readonly ModelChange[]): readonly TextGroup[] {
  const groups = new Map<string, TextGroup>()
  for (const change of changes) {
    const key = textKeyOf(change)
    const group = groups.get(key) ?? { verb: verbOf(change), detail: detailOf(change), models: [] }
    groups.set(key, group)
    group.models.push(modelOf(change.model))
  }
  return [...groups.values()]
}

/** Returns a grouping key: two changes have the same key if and only if their phrases differ at most in the model. */
export const textKeyOf = (change: ModelChange): string => `${verbOf(change)} ${detailOf(change)}`

function verbOf({ effect, ambiguous }: ModelChange): Verb {
  if (effect !== 'ambiguous') return effect
  if (ambiguous?.after === undefined) return 'denied'
  return ambiguous.before === undefined ? 'mustName' : 'mustStillName'
}

/** Formats the detail of a change: gained and lost routes, payers, and the teams of an ambiguous payer. */
function detailOf(change: ModelChange): string {
  const ambiguity = ambiguityOf(change)
  if (ambiguity !== '') return ambiguity
  const parts = [...routesOf(change), ...payersOf(change.payer)]
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}

function ambiguityOf({ effect, ambiguous: { before, after } = {} }: ModelChange): string {
  if (after !== undefined) {
    const instead = before === undefined ? '' : `, instead of ${teamsOf(before)}`
    const hint = 'name one of them, or set a default team'
    return ` (\`payer_ambiguous\`: teams ${teamsOf(after)} could each pay${instead}; ${hint})`
  }
  if (before === undefined) return ''
  const between = `\`payer_ambiguous\` between teams ${teamsOf(before)}`
  return effect === 'ambiguous' ? `, no longer as ${between}` : ` (no longer ${between})`
}

const teamsOf = (teams: AmbiguousTeams): string => listed(teams.map(quote))

/** Formats the gained and the lost routes of a change, at most five of each. Empty for a gained or lost model. */
function routesOf({ effect, gained, lost }: ModelChange): readonly string[] {
  const listRoutes = (routes: readonly Route[]): string => listOf(routes.map(routeOf))
  switch (effect) {
    case 'wider':
      return [`now also ${listRoutes(gained)}`]
    case 'narrower':
      return [`no longer ${listRoutes(lost)}`]
    case 'rerouted':
      return [`${listRoutes(gained)} instead of ${listRoutes(lost)}`]
    default:
      return []
  }
}

/** Formats the payer after a change and the payer before it. Empty if the payer is the same. */
export function payersOf(payer: ModelKept['payer']): readonly string[] {
  return payer === undefined ? [] : [`${payerOf(payer.after)} instead of ${payerOf(payer.before)}`]
}

const payerOf = (payer: Payer): string => (payer.type === 'none' ? 'free of charge' : `paid by ${nameOf(payer.wallet)}`)

/** Formats the model of a change: its quoted name, or a description of models of an open account (`anyModel`). */
export const modelOf = (model: ModelName): string =>
  model.type === 'openAccount' ? describeOpenModels(model) : quote(model.name)
