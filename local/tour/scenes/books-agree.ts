import { assertShown } from '../../demo/assert-shown.ts';
import { listFindings, reconcile } from '../reconcile.ts';
import type { PlayScene } from '../scene.ts';

/** Scene 13: a reconciliation compares all books, and finds nothing. */
export const playBooksAgree: PlayScene = async ({ staff, screen, messages }) => {
  const text = messages.booksAgree;
  const { status, checked } = await reconcile(staff);
  screen.table([text.heading, ...Object.entries(checked)]);
  const findings = await listFindings(staff, 'open');
  assertShown(status === 'COMPLETED' && findings.length === 0, 'a run without findings');
  screen.say(text.noFindings);
};
