import { readFileSync } from 'node:fs'
import ts from 'typescript'
import { expect, test } from 'vitest'
import * as memory from '../../../src/adapter/memory/index.ts'
import * as admin from '../../../src/admin/index.ts'
import * as authzen from '../../../src/authzen/index.ts'
import * as guard from '../../../src/gateway/guard.ts'
import * as telemetry from '../../../src/gateway/opentelemetry/index.ts'
import * as refusal from '../../../src/gateway/refusal/answer-refusal.ts'
import * as portcullis from '../../../src/index.ts'
import * as ledger from '../../../src/ledger/index.ts'
import * as runtime from '../../../src/runtime/index.ts'
import { startSdk, stopSdk } from '../gateway/sdk.ts'
import { found } from '../runtime/gateway.ts'

/** The entry points whose documentation has an example, and the files they are in. */
const entryPoints = [
  ['createEngine', 'create-engine.ts'],
  ['execute', 'engine.ts'],
  ['admit', 'engine.ts'],
  ['issueToken', 'engine.ts'],
  ['rotateToken', 'engine.ts'],
  ['createUsage', 'usage.ts'],
  ['instrument', '../gateway/opentelemetry/instrument.ts'],
  ['createGuard', '../gateway/guard.ts'],
  ['createDecisionLog', 'decision-log.ts'],
  ['answerRefusal', '../gateway/refusal/answer-refusal.ts'],
  ['createAdminApi', '../admin/admin-api.ts'],
  ['createAuthZenHandler', '../authzen/http/handler.ts'],
  ['engineEvaluator', '../authzen/engine/engine-evaluator.ts'],
  ['authenticateAdministrator', '../authzen/engine/authenticate-administrator.ts'],
  ['isToken', 'token/token.ts'],
  ['tokenPattern', 'token/token.ts'],
  ['subscribe', 'engine.ts'],
  ['stateAt', 'engine.ts'],
  ['authorizeAt', 'engine.ts'],
  ['loadState', 'follow/load-state.ts'],
] as const

/** Returns the text of the `@example` of a function, or of a method of an interface. */
function exampleOf(name: string, path: string): string {
  const text = readFileSync(new URL(`../../../src/runtime/${path}`, import.meta.url), 'utf8')
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const members = file.statements.flatMap((one): readonly ts.Node[] =>
    ts.isInterfaceDeclaration(one) ? [...one.members] : [one],
  )
  const examples = members.flatMap((one) =>
    (ts.isFunctionDeclaration(one) || ts.isMethodSignature(one)) && one.name?.getText() === name
      ? ts.getJSDocTags(one).filter(({ tagName }) => tagName.text === 'example')
      : [],
  )
  return ts.getTextOfJSDocComment(examples[0]?.comment) ?? ''
}

test.each(entryPoints)('the example of %s prints what its comments say', async (name, path) => {
  const example = exampleOf(name, path)
  const comments = [...example.matchAll(/\/\/ (.*)$/gm)].map(([, comment]) => comment)
  expect(example).toContain(`${name}(`)
  expect(comments.length).toBeGreaterThan(0)

  const lines: string[] = []
  const log = (...values: readonly unknown[]): void => void lines.push(values.map(String).join(' '))
  const { engine } = await found()
  const scope = {
    ...portcullis,
    ...runtime,
    ...ledger,
    ...memory,
    ...telemetry,
    ...guard,
    ...admin,
    ...authzen,
    // The schema of the same name shadows it otherwise.
    Request: globalThis.Request,
    ...refusal,
    ...startSdk(),
    engine,
    console: { log },
  }
  const body = `return (async () => {\n${example}\n})()`
  await new Function(...Object.keys(scope), ts.transpile(body, { target: ts.ScriptTarget.ES2023 }))(
    ...Object.values(scope),
  )
  stopSdk()
  expect(lines).toEqual(comments)
})
