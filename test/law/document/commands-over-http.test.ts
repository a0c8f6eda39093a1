import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { answerCaller, applyAs, type State } from '../../../src/index.ts'
import { secrets } from '../change/caller.ts'
import { digest } from '../change/story.ts'

const root = new URL('../../../', import.meta.url)
const readme = readFileSync(new URL('README.md', root), 'utf8')
const chapter = readFileSync(new URL('src/change/README.md', root), 'utf8')

/** The source of the recipe in the README of `change`. The test runs the recipe as a JavaScript function. */
const [, recipe = ''] = /```ts\n(const applied = applyAs\([\s\S]*?)```/.exec(chapter) ?? []
const names = ['applyAs', 'answerCaller', 'digest', 'text', 'state', 'console']
const run = new Function(...names, `${recipe}\nreturn state`) as (...values: readonly unknown[]) => State

/** Runs the recipe. Returns `changed` or `unchanged`, followed by the logged values. */
function outcomeOf(secret: string, text: string): readonly unknown[] {
  const lines: unknown[] = []
  const log = (line: unknown) => void lines.push(line)
  const after = run(applyAs, answerCaller, digest(secret), text, secrets, { log })
  return [after === secrets ? 'unchanged' : 'changed', ...lines]
}

const createTeam = '"type": "CreateTeam", "team": "new", "organization": "acme"'

test('the recipe for commands over HTTP applies, denies and rejects', () => {
  expect(outcomeOf('e', `{ ${createTeam} }`)).toEqual(['changed'])
  expect(outcomeOf('f', `{ ${createTeam} }`)).toMatchObject(['unchanged', { reason: 'management_not_granted' }])
  expect(outcomeOf('e', `{ ${createTeam}, "actor": { "type": "system" } }`)).toEqual([
    'unchanged',
    'expected no `actor`, since the host sets the actor, leave it out',
  ])
})

test('the README and the examples do not use `thingOf`', () => {
  const examples = readdirSync(new URL('examples/', root), { recursive: true, encoding: 'utf8' })
  const texts = examples
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(new URL(`examples/${name}`, root), 'utf8'))
  expect(texts.length).toBeGreaterThan(10)
  for (const text of [readme, ...texts]) expect(text).not.toMatch(/\bthingOf\b/)
})
