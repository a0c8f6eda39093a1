import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** The folder of package.json. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A TypeScript file of `src`. */
export interface Source {
  /** Relative to `src`, with slashes: `policy/authorize.ts`. */
  readonly path: string
  /** The first folder of the path, or the file name for `index.ts` of `src`. */
  readonly chapter: string
  readonly text: string
  /** The text with every comment replaced by spaces. */
  readonly code: string
  /** Whether the file uses the type `any`. */
  readonly usesAny: boolean
  /** The specifiers of all imports, re-exports and requires, types included. */
  readonly imports: readonly string[]
}

/** Every TypeScript file under `src`. */
export function readSources(): readonly Source[] {
  const src = join(root, 'src')
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readSource(relative('.', path).split(sep).join('/'), readFileSync(join(src, path), 'utf8')))
}

/** Parses one file. */
export function readSource(path: string, text: string): Source {
  const chapter = path.split('/')[0] ?? path
  const tokens = tokensOf(text)
  return {
    path,
    chapter,
    text,
    code: withoutComments(text, tokens),
    usesAny: tokens.some((token) => token.kind === ts.SyntaxKind.AnyKeyword),
    imports: importsOf(text),
  }
}

/** The module specifiers in a text of TypeScript or JavaScript. */
export function importsOf(text: string): readonly string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map((file) => file.fileName)
}

/** The package of a specifier: `zod` for `zod/v4`, `@scope/name` for `@scope/name/part`. */
export function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

/** Works on tokens, because `//` in a string, a template or a regular expression does not start a comment. */
function withoutComments(text: string, tokens: readonly ts.Node[]): string {
  let code = ''
  for (const token of tokens) {
    code += text.slice(code.length, token.getStart()).replace(/\S/g, ' ')
    code += token.getText()
  }
  return code
}

function tokensOf(text: string): readonly ts.Node[] {
  const leaves = (node: ts.Node): readonly ts.Node[] => {
    const children = node.getChildren().filter((child) => !ts.isJSDoc(child))
    return children.length === 0 ? [node] : children.flatMap(leaves)
  }
  return leaves(ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true))
}
