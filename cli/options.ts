import { InvalidArgumentError, Option } from '@commander-js/extra-typings';

/** Default of `--url` and `--stage`, as `--help` prints it. */
const THIS_MACHINE = 'default: the Stockbook running on this machine';
const STAGE = /^[a-z][a-z0-9-]{0,15}$/;

export const urlOption = () => new Option('--url <url>', `API of a stage (${THIS_MACHINE})`);

export const tokenOption = () =>
  new Option(
    '--token <token>',
    'staff token (default without --url: a token of the local issuer)',
  ).env('STOCKBOOK_TOKEN');

export const stageOption = () =>
  new Option('--stage <stage>', `deployed stage (${THIS_MACHINE})`).argParser(parseStage);

export const regionOption = () =>
  new Option(
    '--region <region>',
    'AWS region of the stage (default: AWS_REGION, or the region of the AWS profile)',
  );

export const dryRunOption = (description: string) => new Option('--dry-run', description);

/** Returns a parser of whole numbers. The parser throws InvalidArgumentError for any other text. */
export const integerBetween =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };

/**
 * Returns a parser of decimal numbers. The parser throws InvalidArgumentError for any other text.
 */
export const numberBetween =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+(\.\d+)?$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`);
  };

function parseStage(text: string): string {
  if (STAGE.test(text)) return text;
  throw new InvalidArgumentError(
    'A stage starts with a lower-case letter and has at most 16 lower-case letters, digits and hyphens.',
  );
}
