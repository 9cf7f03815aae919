import type { Messages, SceneText } from './messages/message-types.ts';
import type { PlayScene } from './scene.ts';
import { playAbandonedCheckout } from './scenes/abandoned-checkout.ts';
import { playAutomaticRepair } from './scenes/automatic-repair.ts';
import { playBooksAgree } from './scenes/books-agree.ts';
import { playCompensation } from './scenes/compensation.ts';
import { playFailingInventory } from './scenes/failing-inventory.ts';
import { playFailingRefund } from './scenes/failing-refund.ts';
import { playLostResponse } from './scenes/lost-response.ts';
import { playNaiveShop } from './scenes/naive-shop.ts';
import { playOneOwner } from './scenes/one-owner.ts';
import { playPhysicalCount } from './scenes/physical-count.ts';
import { playReserveFirst } from './scenes/reserve-first.ts';
import { playTwoLocations } from './scenes/two-locations.ts';
import { playWhenCountsFall } from './scenes/when-counts-fall.ts';
import { playWrittenDrift } from './scenes/written-drift.ts';

export type Scene = {
  readonly play: PlayScene;
  readonly textOf: (messages: Messages) => SceneText;
  /** Page of its mechanism, and the heading in it. */
  readonly page: string;
  /** Settings that the scene needs. It is played on another runtime, which has them. */
  readonly context?: Readonly<Record<string, string>>;
};

const ARCHITECTURE = 'docs/ARCHITECTURE.md';

/** All scenes. The index is the number of a scene. */
export const SCENES: readonly Scene[] = [
  {
    play: playNaiveShop,
    textOf: ({ naiveShop }) => naiveShop,
    page: `${ARCHITECTURE}#failure-coverage`,
  },
  { play: playOneOwner, textOf: ({ oneOwner }) => oneOwner, page: `${ARCHITECTURE}#contexts` },
  {
    play: playWhenCountsFall,
    textOf: ({ whenCountsFall }) => whenCountsFall,
    page: `${ARCHITECTURE}#data-model`,
  },
  {
    play: playReserveFirst,
    textOf: ({ reserveFirst }) => reserveFirst,
    page: `${ARCHITECTURE}#reservation-lifecycle`,
  },
  {
    play: playAbandonedCheckout,
    textOf: ({ abandonedCheckout }) => abandonedCheckout,
    page: 'docs/adr/0001-expire-holds-without-timers.md',
  },
  {
    play: playLostResponse,
    textOf: ({ lostResponse }) => lostResponse,
    page: 'docs/adr/0008-idempotency.md',
  },
  {
    play: playFailingInventory,
    textOf: ({ failingInventory }) => failingInventory,
    page: 'docs/adr/0005-queue-between-bus-and-function.md',
  },
  {
    play: playCompensation,
    textOf: ({ compensation }) => compensation,
    page: `${ARCHITECTURE}#the-saga`,
  },
  {
    play: playFailingRefund,
    textOf: ({ failingRefund }) => failingRefund,
    page: 'docs/adr/0026-refunds.md',
  },
  {
    play: playWrittenDrift,
    textOf: ({ writtenDrift }) => writtenDrift,
    page: `${ARCHITECTURE}#findings`,
  },
  {
    play: playPhysicalCount,
    textOf: ({ physicalCount }) => physicalCount,
    page: 'docs/adr/0014-counts.md',
  },
  {
    play: playAutomaticRepair,
    textOf: ({ automaticRepair }) => automaticRepair,
    page: `${ARCHITECTURE}#reconciliation`,
    context: { autoRepair: 'true', repairUnitsPerSku: '10', repairUnitsPerRun: '1000' },
  },
  {
    play: playTwoLocations,
    textOf: ({ twoLocations }) => twoLocations,
    page: 'docs/adr/0054-sourcing.md',
  },
  {
    play: playBooksAgree,
    textOf: ({ booksAgree }) => booksAgree,
    page: `${ARCHITECTURE}#reconciliation`,
  },
];
