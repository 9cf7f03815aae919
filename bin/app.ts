import { App } from 'aws-cdk-lib';
import { InvalidConfigError } from '../lib/config.ts';
import { createStockbook } from '../lib/stockbook.ts';

try {
  createStockbook(new App({ analyticsReporting: false }));
} catch (error) {
  if (!(error instanceof InvalidConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
