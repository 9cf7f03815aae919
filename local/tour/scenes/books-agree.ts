import { setTimeout as delay } from 'node:timers/promises';
import { assertShown, type PlayScene } from '../scene.ts';

type Reconciliation = {
  readonly reconciliationId: string;
  readonly status: string;
  readonly checked: Readonly<Record<string, number>>;
  readonly findings: number;
};

const POLL_MILLISECONDS = 200;

/** Scene 12: a reconciliation compares all books, and finds nothing. */
export const playBooksAgree: PlayScene = async ({ staff, screen, messages }) => {
  const text = messages.booksAgree;
  const started = await staff.send<Reconciliation>('POST', '/reconciliations', {});
  let run = started;
  while (!['COMPLETED', 'FAILED'].includes(run.status)) {
    await delay(POLL_MILLISECONDS);
    run = await staff.send('GET', `/reconciliations/${started.reconciliationId}`);
  }
  screen.table([
    text.heading,
    ...Object.entries(run.checked).map(([what, count]) => [what, count]),
  ]);
  const { items } = await staff.send<{ items: readonly unknown[] }>('GET', '/findings');
  assertShown(
    run.status === 'COMPLETED' && items.length === 0,
    'a reconciliation without findings',
  );
  screen.say(text.noFindings);
};
