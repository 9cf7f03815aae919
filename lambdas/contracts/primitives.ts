import * as z from 'zod/mini';

/** Maximum units of one SKU in a request. */
export const QUANTITY_UNITS_MAX = 1_000_000;
/**
 * Maximum units of a balance: a million times the greatest quantity, so that sums stay below 2^53.
 */
export const BALANCE_UNITS_MAX = 1_000_000_000_000;
export const ORDER_LINES_MAX = 25;
export const LIST_ITEMS_MAX = 100;
export const LIST_ITEMS_DEFAULT = 20;
export const TEXT_CHARACTERS_MAX = 255;
/**
 * Maximum cells of a SKU at a location. A change touches fewer than 50 cells, of the 100 actions of
 * a transaction.
 */
export const SHARDS_MAX = 50;
export const UNIT_PRICE_MINOR_MAX = 100_000_000;

const NAME_RULE =
  'must be 1 to 64 letters, digits, dots, dashes or underscores, and begin with a letter or digit';
export const Sku = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, NAME_RULE));
export const LocationId = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, NAME_RULE));
/**
 * A place of units: a location, or `in:<id>` for a transfer on its way. Nothing is sold from a
 * place on the way. Requests of clients name locations only.
 */
export const PlaceId = z
  .string()
  .check(
    z.regex(
      /^(?:[A-Za-z0-9][A-Za-z0-9._-]{0,63}|in:[A-Za-z0-9][A-Za-z0-9_-]{0,63})$/,
      'must be the id of a location, or in:<id> for a transfer on its way',
    ),
  );
/** Id of a reservation or an order. Valid in a URL path and in a saga execution's name. */
export const Id = z
  .string()
  .check(
    z.regex(
      /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/,
      'must be 1 to 64 letters, digits, dashes or underscores, and begin with a letter or digit',
    ),
  );
export const Quantity = z.int().check(z.minimum(1), z.maximum(QUANTITY_UNITS_MAX));
/** Units of a balance, or a change of one. */
export const Balance = z.int().check(z.minimum(-BALANCE_UNITS_MAX), z.maximum(BALANCE_UNITS_MAX));
type Line = { readonly sku: string; readonly quantity: number };

/** Requires that the merged lines of each SKU stay within one quantity. */
export const maxQuantityPerSku = z.refine<readonly Line[]>((lines) => {
  const units = new Map<string, number>();
  for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity);
  return [...units.values()].every((quantity) => quantity <= QUANTITY_UNITS_MAX);
}, `must have at most ${QUANTITY_UNITS_MAX} units of one SKU, in all its lines`);

/** Well-formed Unicode text without control characters. */
export const Text = z
  .string()
  .check(
    z.minLength(1),
    z.maxLength(TEXT_CHARACTERS_MAX),
    z.regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must have no control characters'),
  );
export const Timestamp = z.iso.datetime();
/** End of the year 9999, the last with a four-digit ISO 8601 form. */
const EPOCH_SECONDS_MAX = 253_402_300_799;
export const EpochSeconds = z.int().check(z.minimum(0), z.maximum(EPOCH_SECONDS_MAX));
export const EpochMilliseconds = z.int().check(z.minimum(0), z.maximum(EPOCH_SECONDS_MAX * 1_000));
/** Key of an expiry bucket: the expiry of its units in epoch seconds. */
export const ExpiryBucket = z.string().check(z.regex(/^[0-9]{1,12}$/));

export const Money = z.strictObject({
  amount: z
    .int({
      error: ({ code }) =>
        code === 'invalid_type'
          ? 'must be a whole number of minor units, for example 950 for 9.50'
          : undefined,
    })
    .check(z.minimum(0)),
  currency: z
    .string()
    .check(z.regex(/^[A-Z]{3}$/, 'must be a currency code of ISO 4217, for example EUR')),
});
export type Money = z.infer<typeof Money>;

/** Returns the schema of a whole number in a query string. */
export const wholeNumberText = (minimum: number, maximum: number) =>
  z.pipe(
    z.string().check(z.regex(/^(0|[1-9][0-9]{0,8})$/, 'must be a whole number')),
    z.pipe(
      z.transform((text: string) => Number(text)),
      z.int().check(z.minimum(minimum), z.maximum(maximum)),
    ),
  );

export const ListQuery = z.strictObject({
  cursor: z.optional(z.string().check(z.maxLength(1024))),
  limit: z._default(wholeNumberText(1, LIST_ITEMS_MAX), LIST_ITEMS_DEFAULT),
});

/** Returns the schema of a page of a list. */
export const pageOf = <Item extends z.ZodMiniType>(item: Item) =>
  z.object({ items: z.array(item), cursor: z.optional(z.string()) });

export const NoBody = z.strictObject({});
