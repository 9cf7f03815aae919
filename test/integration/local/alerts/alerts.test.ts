import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Alert } from '../../../../local/alerts/alert.ts';
import { localClientConfig } from '../../../../local/dynamodb/dynamodb.ts';
import { loadFactor } from '../../../../local/load-factor.ts';
import { type Fixture, startFixture } from '../fixture.ts';

const WAIT = { timeout: 30_000 * loadFactor(), interval: 20 };

const alertDirectory = mkdtempSync(path.join(tmpdir(), 'stockbook-alerts-'));
const received: Alert[] = [];
let local: Fixture;
beforeAll(async () => {
  local = await startFixture({ alertDirectory, onAlert: (alert) => received.push(alert) });
});
afterAll(async () => {
  await local?.stop();
  rmSync(alertDirectory, { recursive: true });
});

const readLines = (file: string): unknown[] =>
  readFileSync(path.join(alertDirectory, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
const waitForAlert = (title: string) =>
  expect.poll(() => local.alerts().filter((alert) => alert.title === title), WAIT).toHaveLength(1);
const alertOf = (title: string) => local.alerts().find((alert) => alert.title === title);

async function putEvent(DetailType: string, detail: object): Promise<void> {
  const client = new EventBridgeClient(localClientConfig(local.aws));
  const Entries = [
    {
      EventBusName: local.output('BusName'),
      Source: 'fixture',
      DetailType,
      Detail: JSON.stringify(detail),
    },
  ];
  await client.send(new PutEventsCommand({ Entries }));
  client.destroy();
}

test('an event that a rule sends to a topic is an alert with the text of its transformer', async () => {
  await putEvent('Noticed', { id: 'a "b"' });

  expect(alertOf('Noticed')).toEqual({
    at: expect.any(String),
    kind: 'event',
    title: 'Noticed',
    text: 'Thing a "b".\nSee docs/runbook/THING.md.',
    runbook: 'docs/runbook/THING.md',
  });
});

test('without a transformer, the text is the event', async () => {
  await putEvent('NoticedWhole', { id: 'whole' });

  expect(JSON.parse(alertOf('NoticedWhole')?.text ?? '')).toMatchObject({
    'detail-type': 'NoticedWhole',
    detail: { id: 'whole' },
  });
});

test('a metric in the log of a function raises its alarm when the sum reaches the threshold', async () => {
  await local.invokeFunction('Measure', { value: 2 });
  expect(alertOf('Measured')).toBeUndefined();
  await local.invokeFunction('Measure', { value: 1 });

  await waitForAlert('Measured');
  expect(alertOf('Measured')).toMatchObject({
    kind: 'alarm',
    text: 'Measured. See docs/runbook/THING.md.',
    runbook: 'docs/runbook/THING.md',
  });
});

test('errors of a function raise its alarm once', async () => {
  for (let attempt = 1; attempt <= 4; attempt += 1) await fetch(`${local.api}/fail`);

  await waitForAlert('Failing');
});

test('a failed execution raises the alarm of its state machine', async () => {
  const client = new SFNClient(localClientConfig(local.aws));
  const input = JSON.stringify({ order: 'x', mode: 'reject' });
  const stateMachineArn = local.output('MachineArn');
  await client.send(new StartExecutionCommand({ stateMachineArn, input }));
  client.destroy();

  await waitForAlert('MachineFailed');
});

test('alerts are passed on and kept, and alarms that are not evaluated are listed', () => {
  expect(local.alerts().length).toBeGreaterThanOrEqual(5);
  expect(received).toEqual(local.alerts());
  expect(readLines('alerts.jsonl')).toEqual(local.alerts());
  expect(readLines('not-evaluated.jsonl')).toEqual([
    {
      stack: 'fixture-main',
      title: 'Lasting',
      reason: 'the metric AWS/Lambda Duration is not recorded by FunctionName',
    },
  ]);
});
