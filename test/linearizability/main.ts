import { parseNumberOptions } from '../support/number-options.ts';
import { readWhileRebalancing } from './rebalancing.ts';
import { recordAndCheckHistories } from './run.ts';
import { startTarget } from './target.ts';

const USAGE = `npm run test:linearizability -- [--rounds 10] [--clients 24] [--requests 40] [--reads 2000] [--seed 1]

Records the responses of the local runtime to concurrent clients, with aborted connections, repeated
requests and rebalancing of 1, 3 and 10 shards, and checks each history against a sequential
inventory. Odd rounds have a third of the clients. Then reads a SKU while its units are moved between
shards; each read must return the same total.

  --rounds <count>    rounds with six histories each (default: 10)
  --clients <count>   concurrent clients (default: 24)
  --requests <count>  requests per client and round (default: 40)
  --reads <count>     reads during rebalancing; 0 for none (default: 2000)
  --seed <number>     seed of the random choices (default: 1)`;

const { rounds, clients, requests, reads, seed } = parseNumberOptions(USAGE, {
  rounds: 10,
  clients: 24,
  requests: 40,
  reads: 2_000,
  seed: 1,
});

const target = await startTarget();
process.once('SIGINT', () => target.stop().then(() => process.exit(130)));
try {
  const startedAt = performance.now();
  const failures: Record<string, number> = {};
  let [histories, operations, unknown, splitHolds, rebalancings, bad] = [0, 0, 0, 0, 0, 0];
  for (let round = 0; round < rounds; round += 1) {
    const some = round % 2 === 0 ? clients : Math.max(1, Math.round(clients / 3));
    const report = await recordAndCheckHistories(target, {
      clients: some,
      requests,
      seed: seed * 1_000 + round,
    });
    rebalancings += report.rebalancings;
    for (const [what, times] of Object.entries(report.failures))
      failures[what] = (failures[what] ?? 0) + times;
    for (const { violations, ...sku } of report.skus) {
      console.log(JSON.stringify({ round, clients: some, ...sku }));
      for (const line of violations) console.log(`  ${line}`);
      histories += 1;
      operations += sku.operations;
      unknown += sku.unknown;
      splitHolds += sku.splitHolds;
      if (sku.result !== 'linearizable') bad += 1;
    }
  }
  const rebalanced =
    reads === 0
      ? undefined
      : await readWhileRebalancing(target, { reads, seed: seed * 1_000 + rounds });
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  const summary = {
    histories,
    operations,
    unknown,
    splitHolds,
    rebalancings,
    failures,
    notLinearizable: bad,
  };
  console.log(JSON.stringify({ linearizability: true, seed, ...summary, rebalanced, seconds }));
  process.exitCode = bad === 0 && (rebalanced?.wrongSums.length ?? 0) === 0 ? 0 : 1;
} finally {
  await target.stop();
}
