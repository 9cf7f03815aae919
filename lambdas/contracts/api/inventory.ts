import * as z from 'zod/mini';
import {
  LocationId,
  PlaceId,
  QUANTITY_UNITS_MAX,
  Quantity,
  SHARDS_MAX,
  Sku,
  Text,
  Timestamp,
} from '../primitives.ts';

export const SkuPath = z.strictObject({ sku: Sku });

const PERCENT_DECIMALS = 2;
/** DynamoDB stores no number below 10^-130, and tolerances need no such precision. */
const hasTwoDecimals = z.refine<number>(
  (value) => Number(value.toFixed(PERCENT_DECIMALS)) === value,
  `Has more than ${PERCENT_DECIMALS} decimals`,
);

export const CountTolerance = z.strictObject({
  units: z.optional(z.int().check(z.minimum(0), z.maximum(QUANTITY_UNITS_MAX))),
  /** Percentage of the units on hand in the book. */
  percent: z.optional(z.number().check(z.minimum(0), z.maximum(100), hasTwoDecimals)),
});
export type CountTolerance = z.infer<typeof CountTolerance>;

/** Maximum number of locations of a SKU. */
export const SETTING_LOCATIONS_MAX = 20;
const SettingUnits = z.int().check(z.minimum(0), z.maximum(QUANTITY_UNITS_MAX));
const unitsByLocation = () =>
  z
    .record(LocationId, SettingUnits)
    .check(
      z.refine(
        (units) => Object.keys(units).length <= SETTING_LOCATIONS_MAX,
        `must name at most ${SETTING_LOCATIONS_MAX} locations`,
      ),
    );
/** Sellable units below which stock is low: in total, or at each of the named locations. */
export const LowStockThreshold = z.union([SettingUnits, unitsByLocation()]);
export type LowStockThreshold = z.infer<typeof LowStockThreshold>;
/** Units that new holds leave at each location, or at the locations that are named. */
export const SafetyStock = z.union([SettingUnits, unitsByLocation()]);
export type SafetyStock = z.infer<typeof SafetyStock>;
const ShardCount = z.int().check(z.minimum(1), z.maximum(SHARDS_MAX));

/** Replaces all settings: a missing setting is cleared, except `shardCount`, which stays. */
export const PutStockRequest = z.strictObject({
  name: z.optional(Text),
  lowStockThreshold: z.optional(LowStockThreshold),
  safetyStock: z.optional(SafetyStock),
  shardCount: z.optional(ShardCount),
  /** A count that differs by no more than this is posted without approval. */
  countTolerance: z.optional(CountTolerance),
});
export type PutStockRequest = z.infer<typeof PutStockRequest>;

/** Changes the given settings; null clears one. */
export const PatchStockRequest = z
  .strictObject({
    name: z.optional(z.nullable(Text)),
    lowStockThreshold: z.optional(z.nullable(LowStockThreshold)),
    safetyStock: z.optional(z.nullable(SafetyStock)),
    shardCount: z.optional(ShardCount),
    countTolerance: z.optional(z.nullable(CountTolerance)),
  })
  .check(
    z.refine((settings) => Object.keys(settings).length > 0, 'Name at least one setting to change'),
  );
export type PatchStockRequest = z.infer<typeof PatchStockRequest>;

export const ReceiveStockRequest = z.strictObject({
  quantity: Quantity,
  locationId: z.optional(LocationId),
  reference: z.optional(Text),
  /**
   * Creates the SKU if it has no record yet. Without it a receipt for an unknown SKU is rejected.
   */
  createSku: z.optional(z.boolean()),
  /**
   * Creates the location if it has no record yet, with default settings. Without it a receipt at
   * an unknown location is rejected.
   */
  createLocation: z.optional(z.boolean()),
});
export type ReceiveStockRequest = z.infer<typeof ReceiveStockRequest>;

export const AdjustmentReason = z.enum([
  'correction',
  'cycle_count',
  'damaged',
  'shrinkage',
  'restock',
  'other',
]);
export type AdjustmentReason = z.infer<typeof AdjustmentReason>;

export const AdjustStockRequest = z.strictObject({
  delta: z.int().check(
    z.minimum(-QUANTITY_UNITS_MAX),
    z.maximum(QUANTITY_UNITS_MAX),
    z.refine((delta) => delta !== 0, 'must not be 0'),
  ),
  reason: AdjustmentReason,
  note: z.optional(Text),
  locationId: z.optional(LocationId),
});
export type AdjustStockRequest = z.infer<typeof AdjustStockRequest>;

export const Account = z.enum(['outside', 'available', 'held', 'committed']);
export type Account = z.infer<typeof Account>;
export const MovementKind = z.enum([
  'RECEIVED',
  'ADJUSTED',
  'RESERVED',
  'EXPIRED',
  'EXTENDED',
  'COMMITTED',
  'RELEASED',
  'SHIPPED',
  'RETURNED',
  // Moves units between two cells of one SKU at one location. Each cell records its half.
  'TRANSFERRED',
  // Sets a balance to the sum of its movements. The movement itself does not count in that sum.
  'REBUILT',
]);
export type MovementKind = z.infer<typeof MovementKind>;

/** Fields that a request gives, and that its movement stores and shows unchanged. */
export const MovementDetails = z.object({
  reason: z.exactOptional(AdjustmentReason),
  note: z.exactOptional(z.string()),
  reference: z.exactOptional(z.string()),
});
export type MovementDetails = z.infer<typeof MovementDetails>;

export const MovementView = z.object({
  movementId: z.string(),
  at: Timestamp,
  kind: MovementKind,
  quantity: Quantity,
  from: Account,
  to: Account,
  locationId: LocationId,
  /** Shards of a TRANSFERRED movement. Each of the two cells has one half, and both are listed. */
  fromShard: z.optional(z.int()),
  toShard: z.optional(z.int()),
  heldUntil: z.optional(Timestamp),
  reservationId: z.optional(z.string()),
  orderId: z.optional(z.string()),
  ...MovementDetails.shape,
  effectiveAt: z.optional(Timestamp),
  restored: z.optional(z.literal(true)),
  findingId: z.optional(z.string()),
  by: z.string(),
});
export type MovementView = z.infer<typeof MovementView>;

/** Units of a SKU by state. cli/generate/openapi has the description of each field. */
export const Quantities = {
  onHand: z.int(),
  available: z.int(),
  held: z.int(),
  committed: z.int(),
};
/** Units that new holds may take: the available ones above the safety stock. */
export const Sellable = { sellable: z.int() };
/** `name` is absent if the SKU has no name of its own. */
const StockSettings = z.object({
  name: z.optional(z.string()),
  lowStockThreshold: z.optional(LowStockThreshold),
  safetyStock: z.optional(SafetyStock),
  shardCount: z.int(),
  countTolerance: z.optional(CountTolerance),
});
export const StockView = z.object({
  sku: Sku,
  name: z.string(),
  ...Quantities,
  ...Sellable,
  locations: z.array(z.object({ locationId: LocationId, ...Quantities, ...Sellable })),
  holds: z.array(z.object({ expiresAt: Timestamp, quantity: z.int() })),
  settings: StockSettings,
  asOf: Timestamp,
});
export type StockView = z.infer<typeof StockView>;
export const StockSettingsView = z.object({
  sku: Sku,
  name: z.string(),
  lowStockThreshold: z.optional(LowStockThreshold),
  safetyStock: z.optional(SafetyStock),
  shardCount: z.int(),
  countTolerance: z.optional(CountTolerance),
});

export const ExplainStockQuery = z.strictObject({ at: z.optional(Timestamp) });
const ReservationShare = z.object({
  reservationId: z.string(),
  orderId: z.optional(z.string()),
  quantity: z.int(),
  since: Timestamp,
});
/** Explanation of every held and committed unit as of `asOf`. */
export const ExplanationView = z.object({
  sku: Sku,
  asOf: Timestamp,
  ...Quantities,
  locations: z.array(
    z.object({
      locationId: PlaceId,
      ...Quantities,
      /** Reservations that hold units, newest first, up to a limit. */
      holds: z.array(z.extend(ReservationShare, { expiresAt: Timestamp })),
      /** Orders for which units are committed. */
      commitments: z.array(ReservationShare),
      /** True if there are more holds or commitments than are listed. */
      isTruncated: z.boolean(),
      lastCount: z.optional(
        z.object({
          countId: z.string(),
          countedAt: Timestamp,
          counted: z.int(),
          expected: z.int(),
          postedAt: Timestamp,
          by: z.string(),
        }),
      ),
    }),
  ),
  /** The last movements, newest first. */
  movements: z.array(MovementView),
});
export type ExplanationView = z.infer<typeof ExplanationView>;
