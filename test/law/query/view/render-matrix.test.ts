import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { firstInstant, lastInstant } from '../../../../src/model/value/instant.ts'
import type { OpenAccount } from '../../../../src/query/list-models.ts'
import type { AccessMatrix, MatrixCell } from '../../../../src/query/view/matrix/access-matrix.ts'
import { accessMatrix } from '../../../../src/query/view/matrix/access-matrix.ts'
import { renderMatrixCsv } from '../../../../src/query/view/matrix/render-matrix-csv.ts'
import { renderMatrixMarkdown } from '../../../../src/query/view/matrix/render-matrix-markdown.ts'
import { renderMatrixSvg } from '../../../../src/query/view/matrix/render-matrix-svg.ts'
import { origin } from '../../../../src/testing/arbitrary/window.ts'
import { nastyIds } from '../../../../src/testing/index.ts'
import { runs } from '../../runs.ts'
import { aliases, holding, world } from '../../world.ts'
import { arbitraryStateAt } from '../state-at.ts'

const hostile = [
  '</text><script>alert(1)</script>',
  '"><svg onload="alert(1)">',
  ']]>',
  '&amp;',
  '<!--',
  '=1+1',
  '+1',
  '-1',
  '@SUM(A1)',
  '\t=1',
  '\r\n=1',
  "'",
  "'=1",
  '"',
  '","',
  'a,b',
  '|',
  '\\|',
  '\\',
  'a\nb',
  '`a`',
  '*a*',
  '[a](javascript:alert(1))',
  'https://example.com',
  'www.example.com',
  '\u0000',
  '\u001b[31m',
  '\ud800',
  '\udc00x',
  '\ufffe\uffff',
  '\u202e',
  '＝1',
  '',
]

/** Generates any string. Renderers must escape every string correctly, not only valid ids and labels. */
const arbitraryText = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...hostile) },
  { weight: 2, arbitrary: fc.constantFrom(...nastyIds) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(...'|\\`*_<>&"\',=+-@\r\n\t [ab'), maxLength: 8 }) },
)

const arbitraryCell: fc.Arbitrary<MatrixCell> = fc.oneof(
  fc.record({
    kind: fc.constant('none' as const),
    reason: fc.constantFrom('model_not_granted', 'model_restricted', 'model_unavailable', 'credential_unknown'),
  }),
  fc.record({
    kind: fc.constantFrom('accessGroup', 'plan', 'several'),
    routes: fc.array(fc.record({ providerAccount: arbitraryText, model: arbitraryText }), { maxLength: 2 }),
    payer: fc.oneof(
      fc.constant({ type: 'none' as const }),
      fc.array(arbitraryText, { maxLength: 2 }).map((teams) => ({ type: 'ambiguous' as const, teams })),
    ),
    reach: fc.array(
      fc.record({
        type: fc.constant('accessGroup' as const),
        accessGroup: arbitraryText,
        plan: arbitraryText,
        principal: fc.record({ type: fc.constant('team' as const), id: arbitraryText }),
        until: fc.constantFrom(firstInstant, lastInstant),
      }),
      { maxLength: 2 },
    ),
  }),
)

const arbitraryMatcher = fc.record({
  type: fc.constantFrom('name' as const, 'pattern' as const),
  text: arbitraryText,
  isAnyCase: fc.boolean(),
})

const arbitraryOpenAccount: fc.Arbitrary<OpenAccount> = fc.record({
  providerAccount: arbitraryText,
  payer: fc.constant({ type: 'none' as const }),
  reach: fc.constant([]),
  notices: fc.constant([]),
  matching: fc.array(arbitraryMatcher, { maxLength: 1 }),
  except: fc.array(arbitraryMatcher, { maxLength: 2 }),
})

/** Generates matrices with arbitrary strings, and matrices of arbitrary states. */
const arbitraryMatrix: fc.Arbitrary<AccessMatrix> = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 4 }).chain(matrixOfWidth) },
  {
    weight: 1,
    arbitrary: arbitraryStateAt.map(({ state, at }) => accessMatrix(state, { at })).filter((matrix) => matrix.ok),
  },
)

function matrixOfWidth(width: number): fc.Arbitrary<AccessMatrix> {
  const exactly = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { minLength: width, maxLength: width })
  return fc.record({
    ok: fc.constant(true as const),
    at: fc.constantFrom(firstInstant, origin + 1500, lastInstant),
    columns: exactly(
      fc.record(
        {
          type: fc.constant('alias' as const),
          name: arbitraryText,
          lifecycle: fc.constantFrom('active', 'deprecated', 'retired'),
        },
        { requiredKeys: ['type', 'name'] },
      ),
    ),
    rows: fc.array(
      fc.record(
        {
          principal: fc.record({ type: fc.constantFrom('team', 'virtualAccount', 'user'), id: arbitraryText }),
          name: arbitraryText,
          cells: exactly(arbitraryCell),
          openAccounts: fc.array(arbitraryOpenAccount, { maxLength: 2 }),
        },
        { requiredKeys: ['principal', 'cells', 'openAccounts'] },
      ),
      { maxLength: 4 },
    ),
    omitted: fc.record({ principals: fc.nat(2), models: fc.nat(2) }),
    version: fc.nat(9),
  })
}

/** Parses CSV by RFC 4180 into records of fields. */
function readCsv(text: string): string[][] {
  const records: string[][] = []
  let fields: string[] = []
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y
  while (field.lastIndex < text.length) {
    const from = field.lastIndex
    const match = field.exec(text)
    if (match === null) throw new Error(`not a field of CSV: ${JSON.stringify(text.slice(from, from + 40))}`)
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
    if (match[3] === ',') continue
    records.push(fields)
    fields = []
  }
  return records
}

/** Replaces the control characters, noncharacters and unpaired surrogates of a string. */
function readable(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression matches control characters
      .replace(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/g, '\ufffd')
      .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
  )
}

describe('CSV', () => {
  const unprotected = (field: string): string => field.replace(/^'/, '')

  test('for any names, a parser of RFC 4180 that drops one leading apostrophe restores every cell', () => {
    fc.assert(
      fc.property(arbitraryMatrix, (matrix) => {
        const records = readCsv(renderMatrixCsv(matrix)).map((record) => record.map(unprotected))
        expect(records).toEqual([
          ['principal_type', 'principal_id', 'principal_name', ...matrix.columns.map(({ name }) => name)],
          ...matrix.rows.map(({ principal, name, cells }) => [
            principal.type,
            principal.id,
            name ?? '',
            ...cells.map((cell) => (cell.kind === 'none' ? cell.reason : cell.kind)),
          ]),
        ])
      }),
      runs(600),
    )
  })

  test('for any names, no field begins like a formula', () => {
    let met = 0
    fc.assert(
      fc.property(arbitraryMatrix, (matrix) => {
        for (const field of readCsv(renderMatrixCsv(matrix)).flat()) {
          expect(field).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/)
          if (/^'[=+\-@\t\r\n]/.test(field)) met += 1
        }
      }),
      runs(300),
    )
    expect(met).toBeGreaterThan(100)
  })
})

describe('Markdown', () => {
  /** Returns the text that a Markdown parser displays for a cell: resolves escapes and entities. */
  const shown = (cell: string): string =>
    cell.replace(/\\([!-/:-@[-`{-~])|&#(\d+);/g, (_, escaped: string | undefined, code: string) =>
      escaped === undefined ? String.fromCharCode(Number(code)) : escaped,
    )
  const asShown = (name: string): string => readable(name.replace(/[\t\n\r\u2028\u2029]+/g, ' '))

  test('for any names, every row of the table has one cell per column, and headings are shown literally', () => {
    fc.assert(
      fc.property(arbitraryMatrix, (matrix) => {
        const [, blank, head, rule, ...rest] = renderMatrixMarkdown(matrix).split('\n')
        const rows = rest.slice(0, matrix.rows.length)
        const [separator, ...open] = rest.slice(matrix.rows.length)
        const lines = [head, rule, ...rows].map((line) => line ?? '')
        expect([blank, separator]).toEqual(['', ''])
        expect(lines.length).toBe(matrix.rows.length + 2)
        const count = matrix.rows.flatMap(({ openAccounts }) => openAccounts).length
        expect(open.filter((line) => line.startsWith('- ')).length).toBe(count)
        expect(open.filter((line) => line !== '').length).toBe(count)
        for (const line of lines) expect(line.split('|').length).toBe(matrix.columns.length + 3)
        const names = (head ?? '')
          .split(' | ')
          .slice(1)
          .map((cell) => shown(cell.replace(/ \|$/, '')))
        expect(names).toEqual(
          matrix.columns.map(({ name, lifecycle }) =>
            lifecycle === undefined || lifecycle === 'active' ? asShown(name) : `${asShown(name)} (${lifecycle})`,
          ),
        )
      }),
      runs(600),
    )
  })

  test('for any names, no name is read as markup', () => {
    fc.assert(
      fc.property(arbitraryMatrix, (matrix) => {
        for (const line of renderMatrixMarkdown(matrix).split('\n').slice(4)) {
          const plain = line.replace(/\\[!-/:-@[-`{-~]|&#\d+;/g, '')
          expect(plain).not.toMatch(/[`*_~[\]<>\\&]|:\/\/|www\./i)
        }
      }),
      runs(300),
    )
  })
})

describe('SVG', () => {
  const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
  const text = (escaped: string): string =>
    escaped.replace(/&(amp|lt|gt|quot|#39);/g, (_, name) => entities[name] ?? '')
  const asShown = (name: string): string => readable(name.replace(/[\t\n\r]+/g, ' '))

  /** Parses XML. Returns the text nodes, each with the tags around it. Throws when the XML is not well formed. */
  function readXml(xml: string): { readonly tags: readonly string[]; readonly text: string }[] {
    const texts: { tags: readonly string[]; text: string }[] = []
    const tags: string[] = []
    const token = /<(\/?)([a-z]+)((?: [A-Za-z-]+="[^"<&]*")*)(\/?)>|((?:[^<>&"]|&(?:amp|lt|gt|quot|#39);)+)/y
    while (token.lastIndex < xml.length) {
      const from = token.lastIndex
      const match = token.exec(xml)
      if (match === null) throw new Error(`not well formed: ${JSON.stringify(xml.slice(from, from + 40))}`)
      const [, closing, tag = '', , empty, content] = match
      if (content !== undefined) texts.push({ tags: [...tags], text: text(content) })
      else if (closing) expect(tags.pop()).toBe(tag)
      else if (!empty) tags.push(tag)
    }
    expect(tags).toEqual([])
    return texts
  }

  test('for any names, the picture is well-formed XML without control characters, and contains the full names', () => {
    fc.assert(
      fc.property(arbitraryMatrix, (matrix) => {
        const svg = renderMatrixSvg(matrix)
        const onOneLine = svg.replaceAll('\n', '')
        expect(readable(onOneLine)).toBe(onOneLine)
        const titles = readXml(svg).filter(({ tags }) => tags.at(-1) === 'title' && tags.at(-2) === 'text')
        const names = titles.map((title) => title.text)
        for (const { name } of matrix.columns) {
          if (name !== '') expect(names.some((title) => title.startsWith(asShown(name)))).toBe(true)
        }
        for (const { principal } of matrix.rows) {
          expect(names.some((title) => title.includes(asShown(principal.id)))).toBe(true)
        }
      }),
      runs(600),
    )
  })

  const harmless = ['svg', 'title', 'desc', 'style', 'rect', 'text', 'g', 'path', 'circle']

  test('for any names, the picture contains no script, external resource or link', () => {
    fc.assert(
      fc.property(arbitraryMatrix, fc.option(arbitraryText, { nil: undefined }), (matrix, title) => {
        const svg = renderMatrixSvg(matrix, { title })
        const tags = [...svg.matchAll(/<([a-z]+)/g)].map(([, tag]) => tag)
        expect(tags.filter((tag = '') => !harmless.includes(tag))).toEqual([])
        const attributes = [...svg.matchAll(/<[a-z]+((?: [A-Za-z-]+="[^"]*")*)/g)].map(([, all]) => all).join(' ')
        expect(attributes.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/\bon[a-z]+=|href|src=|url\(|http/)
        expect(svg.match(/<style>[^<]*/)?.[0]).not.toMatch(/url|@import|@font-face/)
      }),
      runs(300),
    )
  })

  test('every element lies within the picture', () => {
    fc.assert(
      fc.property(arbitraryMatrix, (matrix) => {
        const svg = renderMatrixSvg(matrix)
        const [, width = 0, height = 0] = (svg.match(/viewBox="0 0 (\d+) (\d+)"/) ?? []).map(Number)
        for (const [, x, y] of svg.matchAll(/ x="([\d.-]+)" y="([\d.-]+)"/g)) {
          expect(Number(x) >= 0 && Number(x) < width && Number(y) >= 0 && Number(y) < height).toBe(true)
        }
        expect(svg).not.toMatch(/NaN|Infinity|undefined/)
      }),
      runs(200),
    )
  })
})

test('the same matrix as Markdown, CSV and SVG', () => {
  const state = world({
    modelAliases: [{ id: 'gpt-4' }, { id: 'old', lifecycle: { type: 'deprecated', sunsetAt: 1_700_000_005_000 } }],
    accessGroups: [{ id: 'gpt-models', ...aliases('gpt-4') }],
    restrictions: [{ id: 'no', subject: { type: 'team', id: 'kept' }, selector: { type: 'alias', alias: 'gpt-4' } }],
    teams: [
      { id: 'dev', name: 'Development, "old"', ...holding(['gpt-models'], [{ expiresAt: 1_700_000_002_000 }]) },
      { id: 'kept', ...holding(['gpt-models']) },
      { id: 'spare', status: 'suspended' },
    ],
  })
  const matrix = accessMatrix(state, { at: 1_700_000_001_000, limit: { principals: 2 } })
  if (!matrix.ok) throw new Error(matrix.fault.message)
  expect(renderMatrixMarkdown(matrix)).toBe(
    [
      '2 principals × 2 models at 2023-11-14T22:13:21Z, version 0; not shown: 1 principal.',
      '',
      '| Principal | gpt-4 | old (deprecated) |',
      '| --- | :---: | :---: |',
      '| team dev | group until 2023-11-14T22:13:22Z | – |',
      '| team kept | restricted | – |',
      '',
    ].join('\n'),
  )
  expect(renderMatrixCsv(matrix)).toBe(
    [
      'principal_type,principal_id,principal_name,gpt-4,old',
      'team,dev,"Development, ""old""",accessGroup,model_not_granted',
      'team,kept,,model_restricted,model_not_granted',
      '',
    ].join('\r\n'),
  )
  const svg = renderMatrixSvg(matrix, { title: 'Teams & models' })
  expect(svg).toContain('<title>Teams &amp; models</title>')
  expect(svg).toContain(
    'by group `gpt-models` of team `dev` until 2023-11-14T22:13:22.000Z; over `openai/gpt-4`; calls are free',
  )
  expect(svg).toContain('<title>gpt-4: restricted (model_restricted)</title>')
})
