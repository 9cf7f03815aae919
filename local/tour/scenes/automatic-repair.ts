import { assertShown } from '../../demo/assert-shown.ts';
import { addToBalance } from '../machine.ts';
import { listFindings, reconcile } from '../reconcile.ts';
import { machineOf, type PlayScene, receiveGoods } from '../scene.ts';

const SMALL_DRIFT_UNITS = 2;
const LARGE_DRIFT_UNITS = 50;

/** Scene 11: with automatic repairs, a run repairs a small difference and reports a large one. */
export const playAutomaticRepair: PlayScene = async (stage) => {
  const { staff, screen, messages } = stage;
  const text = messages.automaticRepair;
  const machine = machineOf(stage);
  screen.naive(text.naive);
  const small = await receiveGoods(stage, 'tea', 100);
  const large = await receiveGoods(stage, 'cup', 100);
  const readStocks = () => Promise.all([small, large].map(({ sku }) => staff.getStock(sku)));
  await addToBalance(machine, small.sku, SMALL_DRIFT_UNITS);
  await addToBalance(machine, large.sku, LARGE_DRIFT_UNITS);
  screen.stocks(await readStocks());

  await reconcile(staff);
  const repaired = await readStocks();
  screen.stocks(repaired);
  const open = await listFindings(staff, 'open');
  assertShown(repaired[0]?.available === 100, 'the small difference to be repaired');
  assertShown(repaired[1]?.available === 100 + LARGE_DRIFT_UNITS, 'the large one to be left');
  assertShown(
    open.some(({ subject }) => subject.includes(large.sku)),
    'a finding of the large one',
  );
  screen.say(text.left);
};
