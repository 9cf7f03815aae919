import { inCells, inContracts, inInfra, inShared, type Mutant } from '../../mutant.ts';

const HTTP_TESTS = [['test/unit/shared/http']];

const items = inCells('domain/stock/shop-availability');
const query = inContracts('api/storefront', [['test/unit/inventory/stock/shop-availability']]);
const revalidate = inShared('http/middleware/revalidate', HTTP_TESTS);
const cacheable = inShared('http/cacheable-response', HTTP_TESTS);

/** Rules of the public route: what it shows, and what caches may keep. */
export const STOREFRONT_MUTANTS: readonly Mutant[] = [
  items('an unknown SKU is for sale', "{ sku, level: 'out' }", "{ sku, level: 'in' }"),
  items(
    'the same SKUs in another order are another content for caches',
    '[...new Set(skus)].sort()',
    '[...new Set(skus)]',
  ),
  items('a SKU that is requested twice is shown twice', '[...new Set(skus)]', '[...skus]'),
  items('a location without units is shown for pickup', " && location.level !== 'out'", ''),
  items(
    'a location that does not let customers collect is shown for pickup',
    'location.pickup === true && ',
    '',
  ),
  items(
    'equal records give another content when the order of their locations differs',
    '    .map(([locationId]) => locationId)\n    .sort();',
    '    .map(([locationId]) => locationId);',
  ),
  query(
    'one request reads any number of levels',
    'z.array(Sku).check(z.maxLength(SHOP_SKUS_MAX))',
    'z.array(Sku)',
  ),
  revalidate('a caller with another response gets 304', ' || !matchesAny(known, etag)', ''),
  revalidate(
    'a 304 has a body',
    '{ statusCode: 304, headers }',
    '{ ...request.response, statusCode: 304, headers }',
  ),
  revalidate(
    'a caller that has the response gets it again',
    "known.split(',').some(",
    "known.split(',').every(",
  ),
  cacheable(
    'a later read of the same levels has another ETag',
    'fingerprintOf(content)',
    'fingerprintOf(body)',
  ),
  cacheable('a browser uses the CORS headers of another page', "    vary: 'Origin',\n", ''),
  inShared('http/problem-details', HTTP_TESTS)(
    'a cache keeps an error',
    "      'cache-control': 'no-store',\n",
    '',
  ),
  inInfra('stacks/inventory-stack', ['test/infra/api/storefront'])(
    'every stage shows its stock levels to everybody',
    'if (config.publicAvailability)',
    'if (config.publicAvailability || config.stage)',
  ),
];
