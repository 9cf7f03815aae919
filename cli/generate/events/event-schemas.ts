import * as z from 'zod/mini';
import {
  INVENTORY_SOURCE,
  InventoryEvents,
  ORDERS_SOURCE,
  OrderEvents,
  PAYMENTS_SOURCE,
  PaymentEvents,
  RECONCILIATION_SOURCE,
  ReconciliationEvents,
} from '../../../lambdas/contracts/events.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

const SOURCES: readonly (readonly [
  source: string,
  events: Readonly<Record<string, z.ZodMiniType>>,
])[] = [
  [INVENTORY_SOURCE, InventoryEvents],
  [ORDERS_SOURCE, OrderEvents],
  [PAYMENTS_SOURCE, PaymentEvents],
  [RECONCILIATION_SOURCE, ReconciliationEvents],
];

/**
 * Returns the JSON Schema (draft 4) of each event on the bus, by `<source>@<detail-type>`, which is
 * its name in the EventBridge schema registry.
 */
export const createEventSchemas = (): ReadonlyMap<string, JsonSchema> =>
  new Map(
    SOURCES.flatMap(([source, events]) =>
      Object.entries(events).map(([type, detail]): [string, JsonSchema] => {
        const { $schema: dialect, ...schema } = z.toJSONSchema(detail, {
          target: 'draft-4',
          io: 'output',
        });
        return [
          `${source}@${type}`,
          {
            $schema: dialect,
            title: type,
            type: 'object',
            required: ['source', 'detail-type', 'detail'],
            properties: {
              source: { type: 'string', enum: [source] },
              'detail-type': { type: 'string', enum: [type] },
              detail: allowAdditionalProperties(schema),
            },
          },
        ];
      }),
    ),
  );

/** Allows additional fields, which consumers must ignore, so that an event can get new fields. */
function allowAdditionalProperties(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(allowAdditionalProperties);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([keyword, value]) => keyword !== 'additionalProperties' || typeof value === 'object')
      .map(([keyword, value]) => [keyword, allowAdditionalProperties(value)]),
  );
}
