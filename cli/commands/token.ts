import { Argument, Command } from '@commander-js/extra-typings';
import { requestLocalToken } from '../../local/api/request-local-token.ts';
import { UserError } from '../../local/errors.ts';
import { requireEndpoints } from '../client/connection.ts';
import { integerBetween, regionOption, stageOption } from '../options.ts';
import { EXIT_CODES, runCommand } from '../run-command.ts';

const TIMEOUT_SECONDS_DEFAULT = 300;
const TIMEOUT_SECONDS_MAX = 3_600;
const SECONDS_PER_MINUTE = 60;

export const createCommand = () =>
  new Command('token')
    .summary('print an access token')
    .description(
      'Prints an access token on standard output: of the Stockbook running on this machine, or of a deployed stage after a sign-in.',
    )
    .addArgument(
      new Argument('<caller>', 'class of callers').choices(['staff', 'customer'] as const),
    )
    .argument('[name]', 'name of the caller, only without --stage')
    .addOption(stageOption())
    .addOption(regionOption())
    .option('--machine', "sign in as the stage's client for programs")
    .option('--no-browser', 'print the sign-in URL and open no browser')
    .option(
      '--timeout-seconds <seconds>',
      `time for the sign-in, from 1 to ${TIMEOUT_SECONDS_MAX} (default: ${TIMEOUT_SECONDS_DEFAULT})`,
      integerBetween(1, TIMEOUT_SECONDS_MAX),
    )
    .action(
      runCommand(async (signal, caller, name, options) => {
        const { stage, region, machine, browser, timeoutSeconds } = options;
        if (stage === undefined) {
          if ((region ?? machine ?? timeoutSeconds) !== undefined || !browser)
            throw new UserError(
              '--region, --machine, --no-browser and --timeout-seconds need --stage.',
            );
          console.log(
            await requestLocalToken(requireEndpoints('--stage').aws, { kind: caller, name }),
          );
          return EXIT_CODES.done;
        }
        if (name !== undefined)
          throw new UserError(`--stage takes no name: the person who signs in is ${caller}.`);
        // The AWS SDK takes longer to load than a local token takes.
        const { requestStageToken } = await import('../client/stage-token.ts');
        const { accessToken, expiresInSeconds } = await requestStageToken({
          stage,
          caller,
          isMachine: machine === true,
          region,
          opensBrowser: browser,
          timeoutSeconds: timeoutSeconds ?? TIMEOUT_SECONDS_DEFAULT,
          signal,
        });
        if (expiresInSeconds !== undefined)
          console.error(
            `The token expires in ${Math.round(expiresInSeconds / SECONDS_PER_MINUTE)} minutes.`,
          );
        console.log(accessToken);
        return EXIT_CODES.done;
      }),
    );
