import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { LANGUAGES, type Language } from './messages/messages.ts';
import { SCENES } from './scenes.ts';

const LAST_SCENE = SCENES.length - 1;

export type TourArguments = {
  readonly language: Language;
  readonly scenes: readonly number[];
  readonly waits: boolean;
};

/**
 * Parses the arguments of `npm run tour`. Prints help and errors itself, and then throws a
 * CommanderError, whose exit code is 0 after help.
 */
export function parseTourArguments(argv: readonly string[]): TourArguments {
  const command = new Command('npm run tour --')
    .description('Shows on this machine what happens when a call of an order fails.')
    .option('--scene <number>', `play one scene: 0 to ${LAST_SCENE}`, parseScene)
    .addOption(
      new Option('--lang <language>', 'language of the texts')
        .choices(LANGUAGES)
        .default('en' as const),
    )
    .option('--no-wait', 'do not wait for Enter between two scenes')
    .showHelpAfterError('(--help lists the options)')
    .exitOverride()
    .parse([...argv], { from: 'user' });
  const { scene, lang, wait } = command.opts();
  return {
    language: lang,
    scenes: scene === undefined ? [...SCENES.keys()] : [scene],
    waits: wait,
  };
}

function parseScene(text: string): number {
  const number = Number(text);
  if (SCENES[number] !== undefined && text.trim() !== '') return number;
  throw new InvalidArgumentError(`It must be a number from 0 to ${LAST_SCENE}.`);
}
