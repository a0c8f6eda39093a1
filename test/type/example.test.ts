import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import * as portcullis from '../../src/index.ts'
import { root } from '../package/source.ts'
import { compile } from './consumer.ts'

/** The functions whose documentation has an example, and the files they are in. */
const functions = {
  apply: 'src/change/apply.ts',
  applyAs: 'src/change/apply-as.ts',
  decide: 'src/change/decide.ts',
  parseCommand: 'src/change/message/parse-command.ts',
  readEvent: 'src/change/read-event.ts',
  replay: 'src/change/replay.ts',
  subjectsOf: 'src/change/message/event-subject.ts',
}

/** The text of the `@example` of a function. */
function exampleOf(name: string, path: string): string {
  const file = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true)
  const found = file.statements.find((one) => ts.isFunctionDeclaration(one) && one.name?.text === name)
  const tag = found && ts.getJSDocTags(found).find(({ tagName }) => tagName.text === 'example')
  return ts.getTextOfJSDocComment(tag?.comment) ?? ''
}

/** The lines that an example prints. */
function printedBy(example: string): string[] {
  const lines: string[] = []
  const log = (...values: readonly unknown[]): void => void lines.push(values.map(String).join(' '))
  const names = Object.keys(portcullis)
  const run = new Function(...names, 'console', ts.transpile(example, { target: ts.ScriptTarget.ES2023 }))
  run(...Object.values(portcullis), { log })
  return lines
}

const examples = Object.fromEntries(Object.entries(functions).map(([name, path]) => [name, exampleOf(name, path)]))

/** An example as a file that imports the names it uses. */
function fileOf(example: string): string {
  const used = Object.keys(portcullis).filter((name) => new RegExp(`\\b${name}\\b`).test(example))
  return `import { ${used.join(', ')} } from './src/index.ts'\n${example}`
}

const { errorsOf } = compile(
  'src/index.ts',
  Object.fromEntries(Object.entries(examples).map(([name, example]) => [name, fileOf(example)])),
)

describe.each(Object.entries(examples))('the example of %s', (name, example) => {
  test('calls the function and compiles', () => {
    expect(example).toContain(`${name}(`)
    expect(errorsOf(name)).toEqual([])
  })

  test('prints what its comments say', () => {
    const comments = [...example.matchAll(/\/\/ (.*)$/gm)].map(([, comment]) => comment)
    expect(comments.length).toBeGreaterThan(0)
    expect(printedBy(example)).toEqual(comments)
  })
})
