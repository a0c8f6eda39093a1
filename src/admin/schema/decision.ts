import * as z from 'zod'
import { Role } from '../../model/noun/holding.ts'
import { Target } from '../../model/noun/model-alias.ts'
import { Authority } from '../../model/value/authority.ts'
import { Instant } from '../../model/value/instant.ts'
import type { Issue } from '../../model/value/issue.ts'
import { Operation } from '../../model/value/operation.ts'
import { Holder, Principal } from '../../model/value/principal.ts'
import type { CacheScope, Denied, Notice, Payer, Power, Reach, UseAllowed } from '../../policy/decision/decision.ts'
import { type DenialLevel, denialReasons, type Remedy } from '../../policy/decision/denial.ts'
import { Thing } from '../../policy/request/request.ts'
import type { DecidedEvent } from '../../runtime/call/engine-event.ts'
import { namedWire } from './component.ts'
import { choiceOf, shapeOf, variantsOf } from './shape.ts'
import { WalletLevelShape, WalletShape } from './value.ts'

const until = Instant.optional()
const text = z.string()
const texts = z.array(text)

const IssueShape = shapeOf<Issue>({ path: z.array(z.union([text, z.int()])), message: text })
export const RouteShape = Target
export const PayerShape = variantsOf<Payer>({ wallet: { wallet: WalletShape }, none: {} })
namedWire('Payer', PayerShape)

export const ReachShape = variantsOf<Reach>({
  accessGroup: { accessGroup: text, principal: Holder, plan: text.optional(), until },
  role: { role: Role, providerAccount: text, principal: Holder, until },
})
namedWire('Reach', ReachShape)

export const NoticeShape = variantsOf<Notice>({ model_deprecated: { sunsetAt: Instant, successor: text.optional() } })
namedWire('Notice', NoticeShape)

export const PowerShape = choiceOf<Power>({
  ...{ administrator: true, organizationAdmin: true, providerAccountManager: true, teamManager: true, self: true },
})

const UseAllowedShape = shapeOf<UseAllowed>({
  effect: z.literal('allow'),
  type: z.literal('use'),
  principal: Principal,
  credential: text.optional(),
  team: text.optional(),
  routes: z.array(RouteShape),
  payer: PayerShape,
  walletPath: z.array(WalletLevelShape),
  reach: z.array(ReachShape),
  notices: z.array(NoticeShape),
  cacheScope: shapeOf<CacheScope>({
    type: choiceOf<CacheScope['type']>({ organization: true, user: true }),
    id: text,
    incarnation: z.int(),
  }),
  until,
  version: z.int(),
})
namedWire('UseAllowed', UseAllowedShape)

const id = { id: text }
const member = { team: text, user: text }
const LevelShape = variantsOf<DenialLevel>({
  request: {},
  credential: { id: text.optional() },
  ...{ user: id, team: id, virtualAccount: id, organization: id, member, model: id },
  wallet: { wallet: WalletShape },
  everyone: {},
  thing: { thing: Thing, principal: Principal },
})
namedWire('DenialLevel', LevelShape)

const suspendedBy = Authority
const HintShape = variantsOf<Remedy>({
  correct_request: { issues: z.array(IssueShape) },
  issue_credential: {},
  create_principal: { principal: Principal },
  activate_credential: { credential: text, suspendedBy },
  activate_principal: { principal: Principal, suspendedBy },
  create_team: { team: text },
  add_team_member: member,
  name_own_team: {},
  activate_team: { team: text, suspendedBy },
  activate_organization: { organization: text, suspendedBy },
  correct_model_name: {},
  use_successor: { successor: text },
  choose_model: {},
  grant_access: { principals: z.array(Holder), model: text },
  extend_entitlement: { organization: text, accessGroups: texts },
  lift_restriction: { restrictions: texts },
  widen_scope: { credential: text, to: z.literal('all').optional() },
  name_operation: { operations: z.array(Operation) },
  widen_operations: { credential: text, to: z.union([Operation, z.literal('all')]) },
  activate_model: { model: text },
  set_alias_targets: { alias: text },
  name_team: { teams: texts, total: z.int().optional() },
  add_credits: { wallet: WalletShape },
  ask_administrator: {},
})
namedWire('DenialHint', HintShape)

const DeniedShape = shapeOf<Denied>({
  effect: z.literal('deny'),
  reason: z.enum(denialReasons),
  level: LevelShape,
  remedies: z.array(HintShape),
  credential: text.optional(),
  available: text.optional(),
  needed: text.optional(),
  until,
  version: z.int(),
})
namedWire('Denied', DeniedShape)

/** The decision on a request to use a model. */
export const UseDecisionBody = namedWire(
  'UseDecision',
  z.discriminatedUnion('effect', [UseAllowedShape, DeniedShape] as unknown as [z.ZodObject, z.ZodObject]),
)

export const DecidedBody = namedWire(
  'RecordedDecision',
  shapeOf<DecidedEvent>({
    type: z.literal('decided'),
    id: text,
    by: choiceOf<DecidedEvent['by']>({ admit: true, authorize: true }),
    at: Instant,
    outcome: choiceOf<DecidedEvent['outcome']>({
      ...{ allowed: true, request_invalid: true, denied: true, refused: true, policy_unavailable: true },
      ...{ ledger_unavailable: true, aborted: true },
    }),
    reason: text.optional() as unknown as z.ZodOptional<z.ZodType<NonNullable<DecidedEvent['reason']>>>,
    isTokenMalformed: z.literal(true).optional(),
    principal: Principal.optional(),
    credential: text.optional(),
    team: text.optional(),
    organization: text.optional(),
    model: text.optional(),
    operation: Operation.optional(),
    thing: Thing.optional(),
    routes: z.array(RouteShape).optional(),
    wallet: WalletShape.optional(),
    estimate: z.bigint().optional(),
    reserved: z.bigint().optional(),
    milliseconds: z.number(),
    version: z.int().optional(),
  }),
)
