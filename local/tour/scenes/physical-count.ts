import { unwrap } from '../../../client/src/index.ts';
import { assertShown } from '../../demo/assert-shown.ts';
import { type PlayScene, receiveGoods } from '../scene.ts';

/** Scene 10: a small difference on the shelf is posted, a large one waits for a person. */
export const playPhysicalCount: PlayScene = async (stage) => {
  const { staff, screen, messages } = stage;
  const text = messages.physicalCount;
  screen.naive(text.naive);
  const { sku } = await receiveGoods(stage, 'tea', 20);

  const small = await staff.count(sku, 19);
  const afterSmall = await staff.getStock(sku);
  const large = await staff.count(sku, 56);
  const afterLarge = await staff.getStock(sku);
  screen.table([
    text.heading,
    ...[small, large].map(({ expected, counted, difference, status }) => [
      text.count,
      expected,
      counted,
      difference,
      status,
    ]),
  ]);
  screen.stocks([afterLarge]);
  assertShown(small.status === 'POSTED' && afterSmall.onHand === 19, 'a small count to be posted');
  assertShown(large.findingId !== undefined && afterLarge.onHand === 19, 'a large count to wait');
  screen.say(text.waitsForApproval(large.findingId));
  const params = { path: { findingId: large.findingId } };
  const { revision } = unwrap(await staff.api.GET('/findings/{findingId}', { params }));
  unwrap(
    await staff.api.POST('/findings/{findingId}/dismissal', {
      params,
      body: { revision, note: 'the shelf was counted wrong' },
    }),
  );
};
