import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { root } from '../package/source.ts'

/** Files that import the library, as the compiler and an editor see them. The files exist in memory alone. */
export interface Consumer<Name extends string> {
  /** The compiler's messages for a file. */
  readonly errorsOf: (file: Name) => readonly string[]
  /** What an editor shows where a text first occurs in a file: the type, and the documentation. */
  readonly hover: (file: Name, text: string) => { readonly type: string; readonly documentation: string }
  /** The fields of every member of the union type `file` exports as `Found`. */
  readonly fieldsOf: (file: Name) => readonly Field[]
}

/** A field of a type, named as in `CreateTeam.name`, with its documentation. */
interface Field {
  readonly name: string
  readonly isOptional: boolean
  readonly documentation: string
}

const settings: ts.CompilerOptions = {
  ...ts.parseJsonConfigFileContent(ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config, ts.sys, root)
    .options,
  noUnusedLocals: false,
}

/** Compiles files together, since one program costs seconds. Each imports the library as `portcullis` from a path in the package. */
export function compile<Name extends string>(library: string, files: Readonly<Record<Name, string>>): Consumer<Name> {
  const header = `import * as portcullis from './${library}'\n`
  const pathOf = (file: string): string => join(root, `consumer-${file}.ts`)
  const texts = new Map(Object.entries<string>(files).map(([file, text]) => [pathOf(file), `${header}${text}`]))
  const service = ts.createLanguageService({
    getScriptFileNames: () => [...texts.keys()],
    getScriptVersion: () => '0',
    getScriptSnapshot: (path) => {
      const text = texts.get(path) ?? (existsSync(path) ? readFileSync(path, 'utf8') : undefined)
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
    },
    getCurrentDirectory: () => root,
    getCompilationSettings: () => settings,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (path) => texts.has(path) || ts.sys.fileExists(path),
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  })
  return {
    errorsOf: (file) => {
      const found = [...service.getSyntacticDiagnostics(pathOf(file)), ...service.getSemanticDiagnostics(pathOf(file))]
      return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
    },
    hover: (file, text) => {
      const info = service.getQuickInfoAtPosition(pathOf(file), header.length + files[file].indexOf(text))
      return {
        type: ts.displayPartsToString(info?.displayParts),
        documentation: ts.displayPartsToString(info?.documentation),
      }
    },
    fieldsOf: (file) => {
      const program = service.getProgram()
      const alias = program?.getSourceFile(pathOf(file))?.statements.find(ts.isTypeAliasDeclaration)
      if (program === undefined || alias === undefined) throw new Error('expected a file that exports `Found`')
      const checker = program.getTypeChecker()
      const type = checker.getTypeAtLocation(alias.name)
      return (type.isUnion() ? type.types : [type]).flatMap((member) => fieldsIn(member, checker))
    },
  }
}

function fieldsIn(type: ts.Type, checker: ts.TypeChecker): Field[] {
  return checker.getPropertiesOfType(type).map((property) => ({
    name: `${type.symbol.name}.${property.name}`,
    isOptional: (property.flags & ts.SymbolFlags.Optional) !== 0,
    documentation: ts.displayPartsToString(property.getDocumentationComment(checker)),
  }))
}
