import { unwrap } from '../../../client/src/index.ts';
import { assertShown } from '../../demo/assert-shown.ts';
import { waitUntil } from '../../demo/wait-until.ts';
import { addToBalance } from '../machine.ts';
import { type Finding, listFindings, reconcile } from '../reconcile.ts';
import { machineOf, type PlayScene, receiveGoods, type Stage } from '../scene.ts';

const DRIFT_UNITS = 2;

/** A finding of the kind BALANCE_DIFFERS. */
type BalanceFinding = Finding & {
  readonly actual: { readonly available: number };
  readonly expected: { readonly available: number };
};

/**
 * Scene 9: an operator writes into the table, a run reports it, and a person approves the repair.
 */
export const playWrittenDrift: PlayScene = async (stage) => {
  const { staff, screen, messages } = stage;
  const text = messages.writtenDrift;
  screen.naive(text.naive);
  const { sku } = await receiveGoods(stage, 'tea', 5);
  await addToBalance(machineOf(stage), sku, DRIFT_UNITS);
  const drifted = await staff.getStock(sku);
  screen.stocks([drifted]);
  assertShown(drifted.available === 5 + DRIFT_UNITS, 'the written count');

  await reconcile(staff);
  const finding = (await listFindings(staff, 'open')).find(({ subject }) => subject.includes(sku));
  assertShown(finding?.kind === 'BALANCE_DIFFERS', 'a finding of the balance');
  const { actual, expected } = finding as BalanceFinding;
  screen.say(text.found({ ...finding, book: actual.available, expected: expected.available }));
  screen.say(await alertOf(stage, finding));

  const { findingId, revision } = finding;
  const params = { path: { findingId } };
  unwrap(await staff.api.POST('/findings/{findingId}/approval', { params, body: { revision } }));
  const repaired = await staff.waitForStock(sku, ({ available }) => available === 5);
  screen.stocks([repaired]);
  const movement = (await staff.listMovements(sku)).at(-1);
  screen.say(text.repaired(movement?.kind ?? ''));
  assertShown(movement?.kind === 'REBUILT', 'a movement of the repair');
};

/** Waits for the alert of a finding, and returns its text. */
async function alertOf(stage: Stage, { findingId }: Finding): Promise<string> {
  const { alerts } = machineOf(stage);
  const raised = () => alerts().find((one) => one.text.includes(findingId));
  const alert = await waitUntil(
    raised,
    (one) => one !== undefined,
    () => `No alert of ${findingId} was raised.`,
  );
  return stage.messages.writtenDrift.alert(alert?.title ?? '', alert?.runbook);
}
