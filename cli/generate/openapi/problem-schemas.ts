import * as z from 'zod/mini';
import { EffectiveOrderStatus } from '../../../lambdas/contracts/api/orders.ts';
import { FindingStatus } from '../../../lambdas/contracts/api/reconciliation.ts';
import { CountBasis } from '../../../lambdas/contracts/api/repair.ts';
import { LocatedShortage, ReservationStatus } from '../../../lambdas/contracts/api/reservations.ts';
import { LocationId, Money, Sku } from '../../../lambdas/contracts/primitives.ts';
import { referenceTo, toJsonSchema } from './component-schemas.ts';
import type { Json } from './json.ts';

const Names = z.array(z.string());
const Reason = z.object({ reason: z.string() });
const Limit = z.object({ limit: z.int() });
const Shortages = z.array(
  z.extend(
    z.omit(LocatedShortage, { at: true }),
    z.partial(z.pick(LocatedShortage, { at: true })).shape,
  ),
);

/**
 * Fields of a problem besides those of RFC 9457, by its code. A field is optional if some responses
 * with the code do not have it.
 */
const PROBLEM_FIELDS = {
  AMOUNT_NOT_PAYABLE: z.extend(Reason, { total: Money }),
  AVAILABILITY_TOO_LARGE: z.object({ cells: z.int(), cellsMax: z.int() }),
  CAPTURE_FAILED: Reason,
  CONFLICTING_SOURCES: z.object({ skus: Names }),
  COUNT_SUPERSEDED: z.pick(CountBasis, { lastCount: true }),
  FINDING_ALREADY_APPROVED: z.object({ orderDecision: z.optional(z.enum(['cancel', 'keep'])) }),
  FINDING_ALREADY_CLOSED: z.object({ findingStatus: FindingStatus }),
  FINDING_CHANGED: z.object({ revision: z.int() }),
  INSUFFICIENT_STOCK: z.object({ shortages: Shortages }),
  NOTHING_OPEN: z.object({
    lines: z.array(
      z.object({ sku: Sku, locationId: LocationId, requested: z.int(), open: z.int() }),
    ),
  }),
  NOT_A_PICKUP_LOCATION: z.object({ locationIds: Names }),
  ORDER_DECISION_MISSING: z.object({ orders: Names }),
  ORDER_NOT_COMPLETED: z.object({ orderStatus: EffectiveOrderStatus }),
  ORDER_NOT_PAYABLE: z.object({ orderStatus: EffectiveOrderStatus }),
  ORDER_NOT_RESUMABLE: z.object({ orderStatus: EffectiveOrderStatus }),
  REFUND_FAILED: Reason,
  REPAIR_REJECTED: Reason,
  RESERVATION_EXPIRED: z.object({ shortages: z.optional(Shortages) }),
  RESERVATION_NOT_COMMITTED: z.object({ reservationStatus: ReservationStatus }),
  RESERVATION_NOT_HELD: z.object({ reservationStatus: ReservationStatus }),
  STEP_LIMIT: Limit,
  STOCK_TOO_FRAGMENTED: z.object({ cellsNeeded: z.int(), cellsMax: z.int() }),
  TOO_MANY_CELLS: Limit,
  TOO_MANY_LOCATIONS: Limit,
  UNKNOWN_LOCATION: z.object({ locationIds: z.optional(Names) }),
  UNKNOWN_PRODUCT: z.object({ skus: Names }),
  UNKNOWN_SKU: z.object({ skus: z.optional(Names) }),
  VALIDATION_FAILED: z.object({
    errors: z.optional(z.array(z.object({ path: z.string(), message: z.string() }))),
  }),
} as const satisfies Readonly<Record<string, z.ZodMiniObject>>;

const PROBLEM: Json = {
  type: 'object',
  description: 'RFC 9457',
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    detail: { type: 'string' },
    instance: { type: 'string', description: 'The request, as the logs name it' },
  },
};

/** Returns the schema of problems by its name: the common fields, and each code with more. */
export const problemSchemas = (): Json => ({
  Problem: PROBLEM,
  ...Object.fromEntries(
    Object.entries<z.ZodMiniObject>(PROBLEM_FIELDS).map(([code, fields]) => [
      nameOf(code),
      withCodes([code], toJsonSchema(fields)),
    ]),
  ),
});

/**
 * Returns the schema of a response with one of these codes: a union that `code` discriminates where
 * some have fields besides the common ones.
 */
export function problemSchemaOf(codes: readonly string[]): Json {
  const hasFields = (code: string): boolean => Object.hasOwn(PROBLEM_FIELDS, code);
  const plain = codes.filter((code) => !hasFields(code));
  const schemas = [
    ...codes.filter(hasFields).map((code) => ({ $ref: referenceTo(nameOf(code)) })),
    ...(plain.length === 0 ? [] : [withCodes(plain, { type: 'object' })]),
  ];
  const [only = {}] = schemas;
  return schemas.length === 1 ? only : { oneOf: schemas };
}

/** Adds the common fields of problems, and the codes, to the fields of some codes. */
const withCodes = (codes: readonly string[], fields: Json): Json => ({
  allOf: [
    { $ref: referenceTo('Problem') },
    {
      ...fields,
      required: ['code', ...((fields.required as readonly string[] | undefined) ?? [])],
      properties: { code: { type: 'string', enum: codes }, ...(fields.properties as Json) },
    },
  ],
});

/** Returns the name of a code's schema: `InsufficientStockProblem`. */
const nameOf = (code: string): string =>
  `${code.toLowerCase().replaceAll(/(?:^|_)([a-z])/g, (_all, letter: string) => letter.toUpperCase())}Problem`;
