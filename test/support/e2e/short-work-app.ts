import { App } from 'aws-cdk-lib';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { createStockbook } from '../../../lib/stockbook.ts';

const app = new App({ analyticsReporting: false });
createStockbook(app);

const found = app.node
  .findAll()
  .find((each) => each instanceof CfnFunction && each.node.path.includes('/ProcessWork/'));
if (!(found instanceof CfnFunction)) throw new Error('the app has no function ProcessWork');

/** Reconciler that starts no page after the shortest time that it can be given. */
export const worker = found;
worker.addPropertyOverride('Environment.Variables.PAGE_START_SECONDS_MAX', '1');
