import { DemoClient } from '../demo/demo-client.ts';
import type { Runtime } from '../runtime.ts';
import { bold, dim, green, heading, indent } from '../terminal/style.ts';
import { formatTable } from '../terminal/table.ts';
import type { Machine } from './machine.ts';
import type { Messages } from './messages/message-types.ts';
import type { Stage } from './scene.ts';
import { SCENES, type Scene } from './scenes.ts';
import { createScreen } from './screen.ts';

export type TourOptions = {
  /** Stockbook on which the scenes are played. Some need it on this machine. */
  readonly target: Pick<Runtime, 'api' | 'tokenFor'>;
  readonly machine?: Machine;
  /** Starts another runtime, for a scene that needs other settings. */
  readonly startRuntime?: (context: Readonly<Record<string, string>>) => Promise<Runtime>;
  readonly messages: Messages;
  /** Numbers of the scenes to play. */
  readonly scenes: readonly number[];
  readonly print: (text: string) => void;
  /** Waits between two scenes, for the viewer. */
  readonly waitForViewer: () => Promise<void>;
};

/** Plays scenes one after the other. Throws when one does not show what it should. */
export async function runTour(options: TourOptions): Promise<void> {
  const { target, machine, messages, scenes, print, waitForViewer } = options;
  const stage = await createStage(target, machine, options);
  for (const [index, number] of scenes.entries()) {
    if (index > 0) await waitForViewer();
    const scene = sceneOf(number);
    const { labels } = messages;
    const { title, question, failure, mechanism } = scene.textOf(messages);
    print(heading(labels.scene(number, title)));
    print(indent(`${bold(labels.question)}: ${question}`));
    print(indent(`${bold(labels.failure)}: ${failure}`));
    await playScene(scene, stage, options);
    print(indent(`${bold(labels.mechanism)}: ${mechanism} ${dim(`(${scene.page})`)}`));
  }
  if (scenes.length > 1) printSummary(options);
}

async function createStage(
  { api, tokenFor }: TourOptions['target'],
  machine: Machine | undefined,
  { messages, print }: TourOptions,
): Promise<Stage> {
  const client = async (kind: 'customer' | 'staff', name?: string) =>
    new DemoClient(api, await tokenFor(kind, name));
  return {
    staff: await client('staff'),
    alice: await client('customer', 'alice'),
    bob: await client('customer', 'bob'),
    screen: createScreen(messages, print),
    messages,
    machine,
  };
}

/** Plays a scene, on another runtime if it needs other settings. */
async function playScene(
  { play, context }: Scene,
  stage: Stage,
  options: TourOptions,
): Promise<void> {
  if (context === undefined) return play(stage);
  const runtime = await options.startRuntime?.(context);
  if (runtime === undefined) throw new Error('This scene needs a runtime with other settings.');
  try {
    await play(await createStage(runtime, runtime, options));
  } finally {
    await runtime.stop();
  }
}

function printSummary({ scenes, messages, print }: TourOptions): void {
  const { labels } = messages;
  print(heading(labels.summary));
  const rows = scenes.map((number) => [
    number,
    sceneOf(number).textOf(messages).title,
    green(labels.passed),
  ]);
  print(indent(formatTable([labels.columns, ...rows])));
}

function sceneOf(number: number): Scene {
  const scene = SCENES[number];
  if (scene === undefined) throw new Error(`there is no scene ${number}`);
  return scene;
}
