import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apply } from '../../../../src/change/apply.ts'
import type { Command } from '../../../../src/change/message/command.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { spotOf } from '../../../../src/model/table/trie-walk.ts'
import type { Principal } from '../../../../src/model/value/principal.ts'
import { findTarget, type Usable } from '../../../../src/query/who/access-target.ts'
import { mergeWalks } from '../../../../src/query/who/merge-walks.ts'
import { findPrincipals, type PrincipalAccess, whoCanUsePage } from '../../../../src/query/who/who-can-use.ts'
import { runs } from '../../runs.ts'
import { aliases, holding, memberOf, role, world } from '../../world.ts'
import { hasAccess, knownNames } from '../access.ts'
import { arbitraryStateAt, everyPrincipal } from '../state-at.ts'
import { entryOf, everyThing, whoIn } from './who-can-use-world.ts'

/** Reads all pages with a page size of `limit`, and returns their entries. */
function paged(what: Usable, state: State, at: number, limit: number, from?: Principal): PrincipalAccess[] {
  const entries: PrincipalAccess[] = []
  let after = from
  for (;;) {
    const page = whoCanUsePage(what, state, { at, limit, after })
    if (!page.ok) return expect.fail(page.fault.message)
    if (page.next !== undefined) {
      expect(page.principals.length).toBe(limit)
      expect(page.next).toEqual(page.principals.at(-1)?.principal)
      expect(JSON.parse(JSON.stringify(page.next))).toEqual(page.next)
    }
    entries.push(...page.principals)
    if (page.next === undefined) return entries
    after = page.next
  }
}

const pick = <T>(list: readonly T[], n: number): T => list[n % list.length] as T
const numbered = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n))
const at = 1_700_000_001_000
const groups = numbered(12, (n) => `group-${n}`)
const names = numbered(20, (n) => `model-${n}`)

/**
 * A state with enough principals for its tables to have several levels, and few enough to decide a request of each
 * principal.
 */
const town = world({
  providerAccounts: [{ id: 'azure' }],
  modelAliases: names.map((id, n) => ({
    id,
    targets: [{ providerAccount: n % 3 === 0 ? 'azure' : 'openai', model: id }],
  })),
  accessGroups: groups.map((id, n) => ({ id, ...aliases(pick(names, n), pick(names, 3 * n + 1)) })),
  plans: [{ id: 'basic', accessGroups: ['group-1'] }],
  teams: numbered(80, (n) => ({
    id: `team-${n}`,
    ...holding(n % 4 === 0 ? [pick(groups, n)] : []),
    ...(n % 9 === 0 ? { plan: 'basic' } : {}),
    ...(n % 11 === 0 ? { status: 'suspended' as const } : {}),
    ...role('azure', 'user', n % 10 === 0 ? [{}] : [{ expiresAt: 1_700_000_000_010 }]),
  })),
  virtualAccounts: numbered(40, (n) => ({
    id: `bot-${n}`,
    ...holding([pick(groups, n), pick(groups, 5 * n + 1)].slice(n % 2)),
  })),
  users: numbered(400, (n) => ({
    id: `user-${n}`,
    ...memberOf(...new Set([`team-${n % 80}`, `team-${(n * 7) % 80}`])),
    ...holding(n % 17 === 0 ? [pick(groups, n)] : []),
  })),
})
const questions: readonly Usable[] = [...names, ...everyThing(town)]

describe('the pages of whoCanUsePage', () => {
  test('together are the entries of whoCanUse, for any size', () => {
    let met = 0
    fc.assert(
      fc.property(arbitraryStateAt, ({ state, at }) => {
        for (const what of [...knownNames(state), ...everyThing(state)]) {
          const entries = whoIn(what, state, at)
          met += entries.length
          for (const limit of [1, 2, 3, 7, 100]) expect(paged(what, state, at, limit)).toEqual(entries)
        }
      }),
      runs(60),
    )
    expect(met).toBeGreaterThan(300)
  })

  test('of many principals together are the entries of whoCanUse, and the principals that `authorize` allows', () => {
    for (const what of questions) {
      const entries = whoIn(what, town, at)
      for (const limit of [1, 7, 100]) expect(paged(what, town, at, limit)).toEqual(entries)
    }
    for (const model of names) {
      const given = everyPrincipal(town).filter((who) => hasAccess({ type: 'use', who, model, at }, town))
      expect(whoIn(model, town, at).length).toBe(given.length)
    }
  })

  test('continue after any principal, also one without access and one that does not exist', () => {
    for (const what of ['model-1', 'model-4', 'model-9', ...everyThing(town).slice(0, 2)]) {
      const entries = whoIn(what, town, at)
      const nobody: Principal[] = (['team', 'virtualAccount', 'user'] as const).map((type) => ({ type, id: 'nobody' }))
      for (const after of [...everyPrincipal(town).filter((_, n) => n % 5 === 0), ...nobody]) {
        const rest = paged(what, town, at, 1000, after)
        expect(rest).toEqual(entries.slice(entries.length - rest.length))
        const place = entries.findIndex(({ principal }) => principal.type === after.type && principal.id === after.id)
        if (place >= 0) expect(rest.length).toBe(entries.length - place - 1)
      }
    }
  })

  test('neither skip nor repeat a principal that keeps its access while others come and go', () => {
    const system = { actor: { type: 'system' }, at: 1_700_000_000_500 } as const
    const type = fc.constantFrom('team', 'virtualAccount', 'user')
    let gone = 0
    fc.assert(
      fc.property(
        fc.constantFrom(...questions),
        fc.integer({ min: 1, max: 30 }),
        fc.array(fc.tuple(type, fc.nat(500), fc.boolean()), { minLength: 1, maxLength: 30 }),
        (what, limit, changes) => {
          const before = whoIn(what, town, at)
          const first = whoCanUsePage(what, town, { at, limit })
          if (!first.ok || first.next === undefined) return
          // Deletes the last principal of the page in every case.
          const all = [...changes, [first.next.type, -1, true] as const]
          const later = all.reduce((state: State, [kind, n, isEnd]) => {
            const id = n < 0 ? (first.next?.id ?? '') : `${kind === 'virtualAccount' ? 'bot' : kind}-${n}`
            const made = apply(isEnd ? deletion(kind, id, system) : creation(kind, id, system), state)
            if (made.ok && isEnd && made.state !== state) gone += 1
            return made.ok ? made.state : state
          }, town)
          const rest = paged(what, later, at, limit, first.next)
          const met = [...first.principals, ...rest]
          for (const { principal } of before) {
            const stays = entryOf(whoNow(what, later), principal) !== undefined
            const times = met.filter(
              (one) => one.principal.type === principal.type && one.principal.id === principal.id,
            )
            if (stays) expect([principal, times.length]).toEqual([principal, 1])
          }
        },
      ),
      runs(120),
    )
    expect(gone).toBeGreaterThan(100)
  })
})

const answers = new WeakMap<State, Map<Usable, PrincipalAccess[]>>()

function whoNow(what: Usable, state: State): PrincipalAccess[] {
  const known = answers.get(state) ?? new Map<Usable, PrincipalAccess[]>()
  answers.set(state, known)
  const found = known.get(what) ?? whoIn(what, state, at)
  known.set(what, found)
  return found
}

type Kind = Principal['type']
interface Heading {
  readonly actor: { readonly type: 'system' }
  readonly at: number
}

function deletion(kind: Kind, id: string, heading: Heading): Command {
  if (kind === 'user') return { ...heading, type: 'DeleteUser', user: id }
  if (kind === 'team') return { ...heading, type: 'DeleteTeam', team: id }
  return { ...heading, type: 'DeleteVirtualAccount', virtualAccount: id }
}

function creation(kind: Kind, id: string, heading: Heading): Command {
  const accessGroups = ['group-1', 'group-4']
  if (kind === 'user') return { ...heading, type: 'AddTeamMember', user: id, team: 'team-4', role: 'member' }
  if (kind === 'team') return { ...heading, type: 'CreateTeam', team: id, organization: 'acme', accessGroups }
  return { ...heading, type: 'CreateVirtualAccount', virtualAccount: id, organization: 'acme', accessGroups }
}

describe('the scan schemes merge and walk', () => {
  const all = (
    what: Usable,
    state: State,
    when: number,
    scheme?: 'merge' | 'walk',
    after?: Principal,
  ): PrincipalAccess[] => {
    const target = findTarget(what, state, when)
    return 'ok' in target ? [] : [...findPrincipals(target, state, { at: when, scheme, after })]
  }

  test('find the same principals in the same order, and so does the default', () => {
    fc.assert(
      fc.property(arbitraryStateAt, ({ state, at }) => {
        for (const what of [...knownNames(state), ...everyThing(state)]) {
          const merged = all(what, state, at, 'merge')
          expect(all(what, state, at, 'walk')).toEqual(merged)
          expect(whoIn(what, state, at)).toEqual(merged)
        }
      }),
      runs(100),
    )
  })

  test('find the same of many principals, after any principal', () => {
    let met = 0
    for (const what of questions) {
      for (const after of [undefined, ...everyPrincipal(town).filter((_, n) => n % 40 === 0)]) {
        const merged = all(what, town, at, 'merge', after)
        expect(all(what, town, at, 'walk', after)).toEqual(merged)
        met += merged.length
      }
    }
    expect(met).toBeGreaterThan(1000)
  })

  test('mergeWalks merges lists in table order without repetitions', () => {
    const lists = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 20 }), { maxLength: 12 })
    fc.assert(
      fc.property(lists, (numbers) => {
        const inOrder = (ids: readonly string[]) =>
          [...new Set(ids)].map(spotOf).sort((a, b) => a.place - b.place || (a.id < b.id ? -1 : 1))
        const walks = numbers.map((list) => inOrder(list.map((n) => `id-${n}`)).values())
        const expected = inOrder(numbers.flat().map((n) => `id-${n}`)).map(({ id }) => id)
        expect([...mergeWalks(walks)]).toEqual(expected)
      }),
      runs(200),
    )
  })
})

test('the first entries are computed without the others', () => {
  const target = findTarget('model-1', town, at)
  if ('ok' in target) return expect.fail(target.fault.message)
  let judged = 0
  const counting: typeof target = {
    ...target,
    namesFor: (asking, moment, whole) => {
      judged += 1
      return target.namesFor(asking, moment, whole)
    },
  }
  const entries = [...findPrincipals(counting, town, { at })]
  expect(entries.length).toBeGreaterThan(50)
  expect(judged).toBeGreaterThanOrEqual(entries.length)
  judged = 0
  const [first] = findPrincipals(counting, town, { at })
  expect(first).toEqual(entries[0])
  expect(judged).toBeLessThan(5)
})
