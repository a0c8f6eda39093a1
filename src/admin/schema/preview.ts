import * as z from 'zod'
import type { Noun, Reference, RejectionDetails } from '../../change/message/rejection.ts'
import { rejectionCodes } from '../../change/message/rejection.ts'
import { RequestOutcome } from '../../model/noun/access-request.ts'
import { Authority } from '../../model/value/authority.ts'
import { Instant } from '../../model/value/instant.ts'
import { Operation, Operations } from '../../model/value/operation.ts'
import { Period } from '../../model/value/period.ts'
import { Agent } from '../../model/value/principal.ts'
import { Window } from '../../model/value/window.ts'
import { ManageRequest, Thing, UseRequest } from '../../policy/request/request.ts'
import type { AccessDiff, Direction } from '../../query/diff/diff-access.ts'
import type { ModelChange, ModelKept, ModelName } from '../../query/diff/diff-change.ts'
import type { MemberDiff, OneDiff, TeamDiff, UserDiff } from '../../query/diff/diff-group.ts'
import type { OperationsChange } from '../../query/diff/diff-operation.ts'
import type { PowerChange } from '../../query/diff/diff-power.ts'
import type { PreviewEffect } from '../../query/diff/preview.ts'
import type { PreviewAllowance, PreviewCredits } from '../../query/diff/preview-credit.ts'
import type { NameMatcher } from '../../query/name-matcher.ts'
import { named, namedWire } from './component.ts'
import { PayerShape, PowerShape, ReachShape, RouteShape } from './decision.ts'
import { EventBody } from './message.ts'
import { choiceOf, type FieldsOf, shapeOf } from './shape.ts'
import { WalletShape } from './value.ts'
import { wireSchema } from './wire-schema.ts'

const text = z.string()
const texts = z.array(text)

/** The type of a thing that a rejection, a finding or an event is about. */
export const NounShape = choiceOf<Noun>({
  ...{ organization: true, user: true, team: true, virtualAccount: true, credential: true, providerAccount: true },
  ...{ model: true, modelAlias: true, accessGroup: true, restriction: true, plan: true, accessRequest: true },
})
namedWire('ThingType', NounShape)

export const ReferenceShape = shapeOf<Reference>({ type: NounShape, id: text })
namedWire('Reference', ReferenceShape)

/** The field of the body at fault. */
const param = text.nullable().meta({ description: 'The field of the body at fault.' })

const RejectionDetailsShape = shapeOf<Omit<RejectionDetails, 'issues'>>({
  reference: ReferenceShape.optional(),
  references: z.array(ReferenceShape).optional(),
  total: z.int().optional(),
  window: Window.optional(),
  limit: z.int().optional(),
  windows: z.array(Window).optional(),
  suspendedBy: Authority.optional(),
  outcome: RequestOutcome.optional(),
  cycle: texts.optional(),
})

const RejectionBody = named(
  'Rejection',
  z.strictObject({
    code: z.enum(rejectionCodes),
    message: text,
    param,
    details: (wireSchema(RejectionDetailsShape) as z.ZodObject).extend({
      issues: z.array(z.strictObject({ param, message: text })).optional(),
    }),
  }),
)

const StepBody = named(
  'PreviewStep',
  z.discriminatedUnion('ok', [
    z.strictObject({ index: z.int(), ok: z.literal(true), events: z.array(EventBody) }),
    z.strictObject({ index: z.int(), ok: z.literal(false), rejection: RejectionBody }),
  ]),
)

const MatcherShape = shapeOf<NameMatcher>({
  type: choiceOf<NameMatcher['type']>({ name: true, pattern: true }),
  text,
  isAnyCase: z.boolean(),
  literalLength: z.int().optional(),
})
namedWire('NameMatcher', MatcherShape)
export const matchers = z.array(MatcherShape)

const ModelNameShape: z.ZodType<ModelName> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.enum(['alias', 'model']), name: text }),
  z.strictObject({
    ...{ type: z.literal('openAccount'), providerAccount: text },
    ...{ matching: matchers.optional(), except: matchers.optional() },
  }),
]) as unknown as z.ZodType<ModelName>
namedWire('ComparedModel', ModelNameShape)

const difference: FieldsOf<Omit<ModelKept, 'effect' | 'reach'>> = {
  model: ModelNameShape,
  gainedReach: z.array(ReachShape),
  lostReach: z.array(ReachShape),
  payer: z.strictObject({ before: PayerShape, after: PayerShape }).optional(),
}

const ModelChangeShape = shapeOf<ModelChange>({
  effect: choiceOf<ModelChange['effect']>({
    ...{ gained: true, lost: true, wider: true, narrower: true, rerouted: true, ambiguous: true },
  }),
  ...difference,
  ambiguous: z.strictObject({ before: texts.exactOptional(), after: texts.exactOptional() }).optional(),
  gained: z.array(RouteShape),
  lost: z.array(RouteShape),
  witness: UseRequest,
})
namedWire('ModelChange', ModelChangeShape)
const ModelKeptShape = shapeOf<ModelKept>({ effect: z.literal('kept'), ...difference, reach: z.array(ReachShape) })
namedWire('ModelKept', ModelKeptShape)

const changes = { changes: z.array(ModelChangeShape), kept: z.array(ModelKeptShape) }
const MemberDiffShape = shapeOf<MemberDiff>({ users: texts, ...changes })
const OneDiffShape = shapeOf<OneDiff>({ id: text, ...changes })
namedWire('AccessOfOne', OneDiffShape)

const DiffShape = shapeOf<AccessDiff>({
  ok: z.literal(true),
  at: Instant,
  direction: choiceOf<Direction>({ same: true, wider: true, narrower: true, both: true }),
  otherPayer: z.boolean(),
  teams: z.array(shapeOf<TeamDiff>({ team: text, members: z.array(MemberDiffShape), ...changes })),
  users: z.array(shapeOf<UserDiff>({ users: texts, teams: texts, ...changes })),
  virtualAccounts: z.array(OneDiffShape),
  credentials: z.array(OneDiffShape),
  powers: z.array(
    shapeOf<PowerChange>({
      agent: Agent,
      thing: Thing,
      effect: choiceOf<PowerChange['effect']>({ gained: true, lost: true }),
      power: PowerShape,
      witness: ManageRequest,
    }),
  ),
  operations: z.array(
    shapeOf<OperationsChange>({
      ...{ credential: text, before: Operations, after: Operations },
      ...{ gained: z.array(Operation), lost: z.array(Operation) },
    }),
  ),
  version: z.strictObject({ before: z.int(), after: z.int() }),
})
namedWire('UseRequest', UseRequest)
namedWire('AccessDiff', DiffShape)

/** What commands would do. What a caller that is not an administrator may not know is left out. */
export const PreviewBody = named(
  'Preview',
  z.strictObject({
    ok: z.literal(true).optional(),
    accepted: z.boolean().meta({ description: 'Whether the change would be made.' }),
    steps: z.array(StepBody),
    rejected_count: z.int(),
    effects: z
      .array(wireSchema(shapeOf<PreviewEffect>({ at: Instant, diff: DiffShape })))
      .optional()
      .meta({
        description: 'The difference in access, now and at each later instant that changes it; for administrators.',
      }),
    credits: z
      .array(wireSchema(shapeOf<PreviewCredits>({ wallet: WalletShape, amount: text, expiresAt: Instant.optional() })))
      .optional(),
    allowances: z
      .array(wireSchema(shapeOf<PreviewAllowance>({ wallet: WalletShape, amount: text, period: Period })))
      .optional(),
    unexamined_from: wireSchema(Instant).optional(),
  }),
)

/** What a change answers that shows no row: the version of the policy after it, and its events. */
export const ChangeBody = named(
  'Change',
  z.strictObject({
    version: z.int().meta({ description: 'The version of the policy after the change.' }),
    replayed: z.boolean().meta({ description: 'Whether an earlier request with the same key made the change.' }),
    events: z.array(EventBody),
  }),
)
