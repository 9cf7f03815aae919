import { App } from 'aws-cdk-lib';
import { stockbook } from '../lib/stockbook.ts';

stockbook(new App({ analyticsReporting: false }));
