import * as z from 'zod/mini';
import { LocationId, Sku, Timestamp } from '../primitives.ts';
import { Level } from './availability.ts';

export const SHOP_SKUS_MAX = 50;
/** 50 SKUs of 64 characters, and the commas between them. */
const SHOP_SKUS_CHARACTERS_MAX = SHOP_SKUS_MAX * 65 - 1;

export const ShopAvailabilityQuery = z.strictObject({
  skus: z.pipe(
    z.string().check(z.minLength(1), z.maxLength(SHOP_SKUS_CHARACTERS_MAX)),
    z.pipe(
      z.transform((text: string) => text.split(',')),
      z.array(Sku).check(z.maxLength(SHOP_SKUS_MAX)),
    ),
  ),
});

export const ShopAvailabilityItem = z.object({
  sku: Sku,
  level: Level,
  /** Sellable units, at or below the stage's `showBelow`. */
  left: z.exactOptional(z.int()),
  /** Locations at which customers can collect units now, sorted. Absent if there is none. */
  pickup: z.exactOptional(z.array(LocationId)),
});
export type ShopAvailabilityItem = z.infer<typeof ShopAvailabilityItem>;

export const ShopAvailabilityView = z.object({
  /** Time of the read. A cache may return the response later. */
  asOf: Timestamp,
  /** Sorted by SKU, each SKU once. */
  items: z.array(ShopAvailabilityItem),
});
export type ShopAvailabilityView = z.infer<typeof ShopAvailabilityView>;
