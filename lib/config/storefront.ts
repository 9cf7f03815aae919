import { flag, integer, optionWithDefault } from './option.ts';

/** More would write a record for most sales of a SKU. */
const SHOW_BELOW_MAX = 1_000;

export const STOREFRONT_OPTIONS = {
  publicAvailability: optionWithDefault(flag(), false, {
    description:
      '`true`: adds the route `GET /shop/availability`, by which anyone can read the stock level of a SKU ([STOREFRONT.md](STOREFRONT.md)). A page of another origin also needs `allowedOrigins`',
  }),
  showBelow: optionWithDefault(integer([0, SHOW_BELOW_MAX], ' of units'), 0, {
    description:
      'The availability of a SKU has its sellable units (`left`) when they are at most this number, 0 to 1000. With `0` it has the level only (`in`, `low` or `out`). Each sale at or below the number writes the record of the levels ([ADR 55](adr/0055-stock-levels.md))',
  }),
};
