import { randomUUID } from 'node:crypto';
import { expect, inject, test } from 'vitest';
import { runDemo } from '../../../local/demo/run-demo.ts';
import { keepsAlerts, readAlerts } from '../../support/e2e/alerts.ts';
import { call, expectStatus, staff, tokenFor } from '../../support/e2e/e2e.ts';

const SUFFIX_CHARACTERS = 8;
/** Milliseconds until the demo's unpaid hold has expired and the demo has read that. */
const EXPIRY_TIMEOUT = ((inject('holdSeconds') ?? 0) + 30) * 1_000;

/** A scene throws when it does not show what it states, or when the books do not balance. */
test.runIf(keepsAlerts())('the demo of npm start shows what it states', async () => {
  const skuSuffix = `-${randomUUID().slice(0, SUFFIX_CHARACTERS)}`;
  const stopping = new AbortController();
  const printed: string[] = [];

  await runDemo({
    api: inject('apiUrl'),
    tokenFor,
    print: (text) => printed.push(text),
    alerts: readAlerts,
    signal: stopping.signal,
    skuSuffix,
  });

  const headings = printed.flatMap((text) => /\b(\d)\. [A-Z]/.exec(text)?.[1] ?? []);
  expect(headings).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  await expect
    .poll(() => printed.join('\n'), { timeout: EXPIRY_TIMEOUT })
    .toContain('expired, and no code ran');
  stopping.abort();
  // Closes the finding of the demo's count.
  const options = { token: staff(), body: { counted: 3 } };
  expectStatus(201, await call(`POST /stock/cup${skuSuffix}/counts`, options));
});
