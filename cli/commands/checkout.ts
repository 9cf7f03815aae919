import { parseArgs } from 'node:util';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { readEndpoints } from '../../local/endpoints-file.ts';
import {
  CheckoutSwitch,
  checkoutStateOf,
  describeCheckout,
  describeReplacedLimits,
} from '../checkout-switch.ts';
import { UserError } from '../client/connection.ts';
import { readStackOutputs } from '../client/stack-outputs.ts';
import { runCommand } from '../run-command.ts';

const USAGE = 'usage: npm run checkout -- stop|start|status [--stage STAGE [--region REGION]]';
const NOT_RUNNING =
  'Stockbook is not running here: `npm start` first, or name a stage in AWS with --stage.';
const COMMANDS = ['stop', 'start', 'status'] as const;
type Command = (typeof COMMANDS)[number];

/** Exit code of a command after which checkout is not as it asks, and of `status` where checkout is not open. */
const NOT_IN_STATE = 1;

/** Stops or starts checkout, or shows its state: of a stage in AWS, or of the Stockbook that runs on this machine. */
runCommand(async () => {
  const { command, stage, region } = argumentsOf();
  const { lambda, outputs } =
    stage === undefined ? localCheckout() : await stageCheckout(stage, region);
  try {
    const checkout = new CheckoutSwitch(lambda, outputs);
    if (command === 'stop') {
      for (const line of describeReplacedLimits(await checkout.read())) console.error(line);
      await checkout.stop();
    }
    if (command === 'start') await checkout.start();
    const functions = await checkout.read();
    console.log(`${stage === undefined ? 'Stockbook on this machine' : `Stage ${stage}`}:`);
    for (const line of describeCheckout(functions)) console.log(line);
    return checkoutStateOf(functions) === (command === 'stop' ? 'stopped' : 'open')
      ? 0
      : NOT_IN_STATE;
  } finally {
    lambda.destroy();
  }
});

function localCheckout() {
  const endpoints = readEndpoints();
  if (endpoints === undefined) throw new UserError(NOT_RUNNING);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const lambda = new LambdaClient({ endpoint: endpoints.aws, region: 'us-east-1', credentials });
  return { lambda, outputs: endpoints.outputs };
}

async function stageCheckout(stage: string, region: string | undefined) {
  const outputs = await readStackOutputs(stage, region, 'orders');
  return { lambda: new LambdaClient(region === undefined ? {} : { region }), outputs };
}

function argumentsOf(): {
  command: Command;
  stage: string | undefined;
  region: string | undefined;
} {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { stage: { type: 'string' }, region: { type: 'string' } },
    });
    const command = COMMANDS.find((known) => known === positionals[0]);
    if (command === undefined || positionals.length > 1)
      throw new Error('say stop, start or status');
    if (values.region !== undefined && values.stage === undefined)
      throw new Error('--region needs --stage: without it, the command is for this machine');
    return { command, stage: values.stage, region: values.region };
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : error} (${USAGE})`);
  }
}
