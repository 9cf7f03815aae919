import * as z from 'zod/mini';
import { AvailabilityView } from '../../../lambdas/contracts/api/availability.ts';
import {
  DeadLetterOutcome,
  DeadLetterQueueView,
  DeadLetterReport,
  DeadLetterView,
} from '../../../lambdas/contracts/api/dead-letters.ts';
import {
  ExplanationView,
  MovementView,
  StockSettingsView,
  StockView,
} from '../../../lambdas/contracts/api/inventory.ts';
import { LocationView } from '../../../lambdas/contracts/api/locations.ts';
import {
  ErasureView,
  OrderDetailView,
  OrderStatusView,
  OrderView,
  PlacedOrderView,
  ProductView,
  StaffOrderDetailView,
  StaffOrderView,
} from '../../../lambdas/contracts/api/orders.ts';
import {
  CountView,
  FindingView,
  ReconciliationView,
} from '../../../lambdas/contracts/api/reconciliation.ts';
import { ReservationView } from '../../../lambdas/contracts/api/reservations.ts';
import type { Json } from './json.ts';
import { SCHEMA_METADATA } from './schema-metadata.ts';

/** Schemas that have a name in the document, so that clients have a type of that name. */
const COMPONENTS = {
  Availability: AvailabilityView,
  Count: CountView,
  DeadLetter: DeadLetterView,
  DeadLetterOutcome,
  DeadLetterQueue: DeadLetterQueueView,
  DeadLetterReport,
  Erasure: ErasureView,
  Explanation: ExplanationView,
  Finding: FindingView,
  Location: LocationView,
  Movement: MovementView,
  Order: OrderDetailView,
  OrderStatus: OrderStatusView,
  OrderSummary: OrderView,
  PlacedOrder: PlacedOrderView,
  Product: ProductView,
  Reconciliation: ReconciliationView,
  Reservation: ReservationView,
  StaffOrder: StaffOrderDetailView,
  StaffOrderSummary: StaffOrderView,
  Stock: StockView,
  StockSettings: StockSettingsView,
} as const satisfies Readonly<Record<string, z.ZodMiniType>>;

for (const [id, schema] of Object.entries(COMPONENTS)) SCHEMA_METADATA.add(schema, { id });

export const referenceTo = (id: string): string => `#/components/schemas/${id}`;

/** Returns the JSON schema of a value, which refers to the components that it contains. */
export const toJsonSchema = (schema: z.ZodMiniType): Json => convert(schema).json;

/** Returns the JSON schemas of all components by their names. */
export const componentSchemas = (): Json =>
  Object.fromEntries(
    Object.entries(COMPONENTS).map(([id, schema]) => {
      const { id: _id, ...definition } = convert(schema).definitions[id] ?? {};
      return [id, definition];
    }),
  );

function convert(schema: z.ZodMiniType): {
  readonly json: Json;
  readonly definitions: Readonly<Record<string, Json>>;
} {
  const converted = z.toJSONSchema(schema, { io: 'input', metadata: SCHEMA_METADATA });
  const {
    $schema: _dialect,
    $defs: definitions = {},
    ...json
  } = JSON.parse(JSON.stringify(converted).replaceAll('"#/$defs/', `"${referenceTo('')}`));
  return { json, definitions };
}
