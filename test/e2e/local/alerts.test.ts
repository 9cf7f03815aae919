import { existsSync, readdirSync } from 'node:fs';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, inject, test } from 'vitest';
import { putIntoQueue } from '../../support/drift.ts';
import { keepsAlerts, waitForAlert } from '../../support/e2e/alerts.ts';
import { call, createStockedSku, expectStatus, staff } from '../../support/e2e/e2e.ts';
import { awsClientConfig } from '../../support/infra/aws-access.ts';

/** Invokes a function of the local runtime. Its log file has the name of the function. */
async function invokeFunction(logicalIdPart: string): Promise<void> {
  const files = readdirSync(inject('localEndpoints')?.logs ?? '.');
  const file = files.find((name) => name.includes(logicalIdPart));
  if (file === undefined) throw new Error(`no function ${logicalIdPart} has a log`);
  const client = new LambdaClient(awsClientConfig('aws'));
  await client.send(new InvokeCommand({ FunctionName: file.replace('.log', ''), Payload: '{}' }));
  client.destroy();
}

describe.runIf(keepsAlerts())('alerts of a local run', () => {
  test('a count that waits for approval is an alert with the page of its finding', async () => {
    const sku = await createStockedSku('alerted', 10);

    const { findingId } = expectStatus(
      201,
      await call<{ findingId: string }>(`POST /stock/${sku}/counts`, {
        token: staff(),
        body: { counted: 0 },
      }),
    ).body;

    const alert = await waitForAlert(({ text }) => text.includes(findingId));
    expect(alert).toMatchObject({
      kind: 'event',
      title: 'DriftDetected',
      runbook: 'docs/runbook/COUNT_DIFFERS.md',
    });
    expect(alert.text).toContain(`Stockbook dev: COUNT_DIFFERS count:${sku}/main`);
    await call(`POST /stock/${sku}/counts`, { token: staff(), body: { counted: 10 } });
  });

  test('a message in a dead-letter queue is an alert when it is counted', async () => {
    await putIntoQueue('orders-PaymentEventsFailed', 'not an event');
    await invokeFunction('WatchDeadLetters');

    const alert = await waitForAlert(({ title }) => title === 'DeadLettersWaiting');
    expect(alert).toMatchObject({ kind: 'alarm', runbook: 'docs/runbook/DEAD_LETTERS.md' });
    expect(existsSync(alert.runbook ?? '')).toBe(true);
  });
});
