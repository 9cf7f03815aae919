import { LambdaClient } from '@aws-sdk/client-lambda';
import { Command } from '@commander-js/extra-typings';
import { UserError } from '../../local/errors.ts';
import {
  type CheckoutState,
  CheckoutSwitch,
  checkoutStateOf,
  describeCheckout,
  describeReplacedLimits,
} from '../checkout-switch.ts';
import { requireEndpoints } from '../client/connection.ts';
import { readStackOutputs } from '../client/stack-outputs.ts';
import { regionOption, stageOption } from '../options.ts';
import { EXIT_CODES, runCommand } from '../run-command.ts';

export const createCommand = () =>
  new Command('checkout')
    .summary('stop or start new orders and payments, or print their state')
    .description('Stops and starts checkout: placing orders and paying them.')
    .addCommand(
      createSwitchCommand('stop', 'Rejects new orders and payments.', 'stopped', stopCheckout),
    )
    .addCommand(
      createSwitchCommand('start', 'Accepts orders and payments again.', 'open', (checkout) =>
        checkout.start(),
      ),
    )
    .addCommand(
      createSwitchCommand(
        'status',
        'Prints the state of checkout. Exits with 1 unless it is open.',
        'open',
        async () => undefined,
      ),
    );

/**
 * Creates a command that runs `change`, prints the state of checkout and exits with 1 unless it is
 * `expectedState`.
 */
const createSwitchCommand = (
  name: string,
  description: string,
  expectedState: CheckoutState,
  change: (checkout: CheckoutSwitch) => Promise<void>,
) =>
  new Command(name)
    .description(description)
    .addOption(stageOption())
    .addOption(regionOption())
    .action(
      runCommand(async (_signal, { stage, region }) => {
        const { lambda, outputs } = await connectCheckout(stage, region);
        try {
          const checkout = new CheckoutSwitch(lambda, outputs);
          await change(checkout);
          const functions = await checkout.read();
          console.log(`${stage === undefined ? 'Stockbook on this machine' : `Stage ${stage}`}:`);
          for (const line of describeCheckout(functions)) console.log(line);
          return checkoutStateOf(functions) === expectedState ? EXIT_CODES.done : EXIT_CODES.open;
        } finally {
          lambda.destroy();
        }
      }),
    );

async function stopCheckout(checkout: CheckoutSwitch): Promise<void> {
  for (const line of describeReplacedLimits(await checkout.read())) console.error(line);
  await checkout.stop();
}

async function connectCheckout(stage: string | undefined, region: string | undefined) {
  if (stage !== undefined)
    return {
      outputs: await readStackOutputs(stage, region, 'orders'),
      lambda: new LambdaClient(region === undefined ? {} : { region }),
    };
  if (region !== undefined)
    throw new UserError('--region needs --stage: without it, the command is for this machine.');
  const endpoints = requireEndpoints('--stage');
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return {
    outputs: endpoints.outputs,
    lambda: new LambdaClient({ endpoint: endpoints.aws, region: 'us-east-1', credentials }),
  };
}
