import { startDynamoDbLocal } from '../local/dynamodb/dynamodb.ts';
import { stackedBarChart } from './charts.ts';
import { DEFAULT_MODEL } from './dynamodb-model/model.ts';
import { publishReport } from './report.ts';
import { runSellOut, type SellOutResult } from './sell-out/run-sell-out.ts';
import { inventoryTableProperties } from './table-properties.ts';

/**
 * Runs a sale with more concurrent buyers than units: `npm run bench -- sell-out`. Checks that each
 * unit is sold once, that no buyer is rejected while the books have the quantity, and that no unit
 * is left that a buyer wanted. Compares it with a sharded counter that tries every shard.
 *
 * A hold writes three items in a transaction (record, balance, movements), which is 6 units without
 * a conflict. The baseline writes two, which is 4 units. Cancelled transactions are counted
 * separately, with the maximum that AWS may bill.
 */
const UNITS = 500;
const SHARDS = 10;
/**
 * Buyers by quantity. The second sale has only buyers of a single unit, for the write units of such
 * a sale.
 */
const CROWDS = {
  '600 of 1, 220 of 3': [
    { buyers: 600, quantity: 1 },
    { buyers: 220, quantity: 3 },
  ],
  '820 of 1': [{ buyers: 820, quantity: 1 }],
} as const;

const DESIGNS = ['stockbook', 'every shard'] as const;
type Row = SellOutResult & { readonly crowd: string; readonly design: (typeof DESIGNS)[number] };

const roundTo = (value: number, digits = 1): number => Number(value.toFixed(digits));
const toRow = (one: Row) => ({
  crowd: one.crowd,
  design: one.design,
  sales: one.sales,
  'units sold': one.unitsSold,
  oversold: one.oversold,
  'falsely rejected': one.falselyRejected,
  stranded: one.stranded,
  violations: one.violations.length,
  'retry later': one.shed,
  'units written/sale': roundTo(one.perSale.written.units),
  'of cells': roundTo(one.perSale.written.cellUnits),
  'of cancelled/sale': roundTo(one.perSale.cancelled.units),
  'of cells, cancelled': roundTo(one.perSale.cancelled.cellUnits),
  'tries/sale of 1': roundTo(one.byQuantity[1]?.attempts ?? 0),
  'read units/sale': roundTo(one.readUnitsPerSale),
  seconds: roundTo(one.seconds),
});

const tableProperties = inventoryTableProperties();
const local = await startDynamoDbLocal({ busyFor: 'minutes' });
const results: Row[] = [];
try {
  for (const [crowd, buyers] of Object.entries(CROWDS)) {
    for (const design of DESIGNS) {
      const sold = await runSellOut({
        endpoint: local.endpoint,
        tableProperties,
        design,
        shards: SHARDS,
        units: UNITS,
        crowd: buyers,
      });
      const row = { crowd, design, ...sold };
      results.push(row);
      console.error(JSON.stringify(toRow(row)));
      for (const violation of sold.violations) console.error(violation);
    }
  }
} finally {
  await local.stop();
}

const units = stackedBarChart({
  title: 'Write units per sale in a sell-out',
  subtitle: 'all buyers, per sale; cancelled transactions count with the maximum that AWS may bill',
  valueName: 'write units',
  categories: results.map(({ crowd, design }) => `${design}: ${crowd}`),
  horizontal: true,
  series: (['written', 'cancelled'] as const).map((kind) => ({
    name: kind,
    values: results.map(({ perSale }) => roundTo(perSale[kind].units)),
  })),
});

publishReport('sell-out', {
  rows: results.map(toRow),
  charts: { 'sell-out-units': units },
  result: { units: UNITS, shards: SHARDS, model: DEFAULT_MODEL, results },
});
const hasViolations = results.some(
  ({ design, oversold, falselyRejected, stranded, violations }) =>
    design === 'stockbook' && oversold + falselyRejected + stranded + violations.length > 0,
);
process.exitCode = hasViolations ? 1 : 0;
