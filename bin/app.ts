import { App } from 'aws-cdk-lib';
import { InvalidConfig } from '../lib/config.ts';
import { stockbook } from '../lib/stockbook.ts';

try {
  stockbook(new App({ analyticsReporting: false }));
} catch (fault) {
  if (!(fault instanceof InvalidConfig)) throw fault;
  console.error(fault.message);
  process.exitCode = 1;
}
