import * as z from 'zod'
import type { Reference } from '../../change/message/rejection.ts'
import { Role } from '../../model/noun/holding.ts'
import { Instant } from '../../model/value/instant.ts'
import { Holder, Principal } from '../../model/value/principal.ts'
import { denialReasons } from '../../policy/decision/denial.ts'
import type { Access, AccessPayer } from '../../query/access.ts'
import { type Finding, type FindingSubject, findingCodes, type Severity } from '../../query/lint/finding.ts'
import type { ListedModel, OpenAccount } from '../../query/list-models.ts'
import {
  type AccessKind,
  type AccessMatrix,
  accessKinds,
  type MatrixCell,
  type MatrixColumn,
  type MatrixRow,
} from '../../query/view/matrix/access-matrix.ts'
import type { PrincipalAccess } from '../../query/who/who-can-use.ts'
import { named, namedWire } from './component.ts'
import { NoticeShape, ReachShape, RouteShape } from './decision.ts'
import { CommandSchemaBody, EventBody } from './message.ts'
import { matchers, ReferenceShape } from './preview.ts'
import { choiceOf, type FieldsOf, shapeOf, variantsOf } from './shape.ts'
import { WalletShape } from './value.ts'
import { wireSchema } from './wire-schema.ts'

const text = z.string()
const until = Instant.optional()

const PayerShape = variantsOf<AccessPayer>({
  wallet: { wallet: WalletShape },
  none: {},
  ambiguous: { teams: z.array(text) },
})
namedWire('AccessPayer', PayerShape)

const access: FieldsOf<Access> = {
  routes: z.array(RouteShape),
  payer: PayerShape,
  reach: z.array(ReachShape),
  notices: z.array(NoticeShape),
  team: text.optional(),
}
const { routes: _, ...openAccess } = access
const open = { providerAccount: text, matching: matchers, except: matchers }
const OpenAccountShape = shapeOf<OpenAccount>({ ...open, ...openAccess, until })

export const PrincipalAccessBody = namedWire(
  'PrincipalAccess',
  shapeOf<PrincipalAccess>({
    ...{ principal: Principal, ...access, model: text.optional(), openAccount: z.strictObject(open).optional() },
    ...{ teams: z.array(text).optional(), mustNameTeam: z.literal(true).optional(), until },
  }),
)
export const ListedModelBody = namedWire(
  'ListedModel',
  shapeOf<ListedModel>({
    type: choiceOf<ListedModel['type']>({ alias: true, model: true }),
    ...{ name: text, description: text.optional(), createdAt: Instant, ...access, until },
  }),
)
export const OpenAccountBody = namedWire('OpenAccount', OpenAccountShape)

// The matrix

type Given = Extract<MatrixCell, { readonly kind: AccessKind }>
const CellShape: z.ZodType<MatrixCell> = z.discriminatedUnion('kind', [
  shapeOf<Given>({
    ...{ kind: z.enum(accessKinds), routes: access.routes, payer: access.payer, reach: access.reach, until },
  }),
  shapeOf<Exclude<MatrixCell, Given>>({ kind: z.literal('none'), reason: z.enum(denialReasons), until }),
] as unknown as [z.ZodObject, z.ZodObject]) as unknown as z.ZodType<MatrixCell>
namedWire('MatrixCell', CellShape)

export const MatrixBody = namedWire(
  'AccessMatrix',
  shapeOf<AccessMatrix>({
    ok: z.literal(true),
    at: Instant,
    columns: z.array(
      shapeOf<MatrixColumn>({
        type: choiceOf<MatrixColumn['type']>({ alias: true, model: true }),
        name: text,
        lifecycle: choiceOf<NonNullable<MatrixColumn['lifecycle']>>({
          ...{ active: true, deprecated: true, retired: true },
        }).optional(),
      }),
    ),
    rows: z.array(
      shapeOf<MatrixRow>({
        ...{ principal: Principal, name: text.optional(), cells: z.array(CellShape) },
        openAccounts: z.array(OpenAccountShape),
      }),
    ),
    omitted: z.strictObject({ principals: z.int(), models: z.int() }),
    ...{ until, version: z.int() },
  }),
)

// Findings

const FindingSubjectShape = z.union([
  ReferenceShape,
  variantsOf<Exclude<FindingSubject, Reference>>({
    assignment: { principal: Holder, accessGroup: text },
    roleGrant: { principal: Principal, providerAccount: text, role: Role.optional() },
    accessGroupMember: { accessGroup: text, alias: text },
    refusal: { principal: Principal, model: text },
  }),
])
namedWire('FindingSubject', FindingSubjectShape)

const finding: FieldsOf<Omit<Finding, 'fix'>> = {
  code: z.enum(findingCodes),
  severity: choiceOf<Severity>({ error: true, warning: true, advice: true }),
  subject: FindingSubjectShape,
  message: text,
}
export const FindingBody = named(
  'Finding',
  z.strictObject({
    ...(wireSchema(z.strictObject(finding)) as z.ZodObject).shape,
    fix: z.array(CommandSchemaBody).optional().meta({ description: 'Commands that correct it, in their order.' }),
  }),
)

// The log

export const RecordedEventBody = named(
  'RecordedEvent',
  z.strictObject({
    version: z.int().meta({ description: 'The version of the policy after the event.' }),
    schema: z.int(),
    event: EventBody,
    command: text.optional().meta({ description: 'The id of the command.' }),
  }),
)
