import { DemoClient } from '../demo/demo-client.ts';
import type { Runtime } from '../runtime.ts';
import { bold, dim, green, heading, indent } from '../terminal/style.ts';
import { formatTable } from '../terminal/table.ts';
import type { Messages, SceneText } from './messages/message-types.ts';
import type { PlayScene, Stage } from './scene.ts';
import { playAbandonedCheckout } from './scenes/abandoned-checkout.ts';
import { playBooksAgree } from './scenes/books-agree.ts';
import { playLostResponse } from './scenes/lost-response.ts';
import { playNaiveShop } from './scenes/naive-shop.ts';
import { playOneOwner } from './scenes/one-owner.ts';
import { playPhysicalCount } from './scenes/physical-count.ts';
import { playReserveFirst } from './scenes/reserve-first.ts';
import { playWhenCountsFall } from './scenes/when-counts-fall.ts';
import { createScreen } from './screen.ts';

export type Scene = {
  readonly play: PlayScene;
  readonly textOf: (messages: Messages) => SceneText;
  /** Page of its mechanism, and the heading in it. */
  readonly page: string;
};

const ARCHITECTURE = 'docs/ARCHITECTURE.md';

/** All scenes, by their numbers. */
export const SCENES: ReadonlyMap<number, Scene> = new Map([
  [
    0,
    {
      play: playNaiveShop,
      textOf: ({ naiveShop }: Messages) => naiveShop,
      page: `${ARCHITECTURE}#failure-coverage`,
    },
  ],
  [
    1,
    {
      play: playOneOwner,
      textOf: ({ oneOwner }: Messages) => oneOwner,
      page: `${ARCHITECTURE}#contexts`,
    },
  ],
  [
    2,
    {
      play: playWhenCountsFall,
      textOf: ({ whenCountsFall }: Messages) => whenCountsFall,
      page: `${ARCHITECTURE}#data-model`,
    },
  ],
  [
    3,
    {
      play: playReserveFirst,
      textOf: ({ reserveFirst }: Messages) => reserveFirst,
      page: `${ARCHITECTURE}#reservation-lifecycle`,
    },
  ],
  [
    4,
    {
      play: playAbandonedCheckout,
      textOf: ({ abandonedCheckout }: Messages) => abandonedCheckout,
      page: 'docs/adr/0001-expire-holds-without-timers.md',
    },
  ],
  [
    5,
    {
      play: playLostResponse,
      textOf: ({ lostResponse }: Messages) => lostResponse,
      page: 'docs/adr/0008-idempotency.md',
    },
  ],
  [
    10,
    {
      play: playPhysicalCount,
      textOf: ({ physicalCount }: Messages) => physicalCount,
      page: 'docs/adr/0014-counts.md',
    },
  ],
  [
    12,
    {
      play: playBooksAgree,
      textOf: ({ booksAgree }: Messages) => booksAgree,
      page: `${ARCHITECTURE}#reconciliation`,
    },
  ],
]);

export type TourOptions = Pick<Runtime, 'api' | 'tokenFor'> & {
  readonly messages: Messages;
  /** Numbers of the scenes to play. */
  readonly scenes: readonly number[];
  readonly print: (text: string) => void;
  /** Waits between two scenes, for the viewer. */
  readonly waitForViewer: () => Promise<void>;
};

/** Plays scenes one after the other. Throws when one does not show what it should. */
export async function runTour(options: TourOptions): Promise<void> {
  const { api, tokenFor, messages, scenes, print, waitForViewer } = options;
  const client = async (kind: 'customer' | 'staff', name?: string) =>
    new DemoClient(api, await tokenFor(kind, name));
  const stage: Stage = {
    staff: await client('staff'),
    alice: await client('customer', 'alice'),
    bob: await client('customer', 'bob'),
    screen: createScreen(messages, print),
    messages,
  };
  for (const [index, number] of scenes.entries()) {
    if (index > 0) await waitForViewer();
    await playScene(number, stage, print);
  }
  if (scenes.length > 1) printSummary(scenes, messages, print);
}

async function playScene(number: number, stage: Stage, print: TourOptions['print']): Promise<void> {
  const { play, textOf, page } = sceneOf(number);
  const { labels } = stage.messages;
  const { title, question, failure, mechanism } = textOf(stage.messages);
  print(heading(labels.scene(number, title)));
  print(indent(`${bold(labels.question)}: ${question}`));
  print(indent(`${bold(labels.failure)}: ${failure}`));
  await play(stage);
  print(indent(`${bold(labels.mechanism)}: ${mechanism} ${dim(`(${page})`)}`));
}

function printSummary(
  scenes: readonly number[],
  { labels, ...messages }: Messages,
  print: TourOptions['print'],
): void {
  print(heading(labels.summary));
  const rows = scenes.map((number) => [
    number,
    sceneOf(number).textOf({ labels, ...messages }).title,
    green(labels.passed),
  ]);
  print(indent(formatTable([labels.columns, ...rows])));
}

function sceneOf(number: number): Scene {
  const scene = SCENES.get(number);
  if (scene === undefined) throw new Error(`there is no scene ${number}`);
  return scene;
}
