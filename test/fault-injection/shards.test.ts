import { inject } from 'vitest';
import { loadSystemModel } from '../simulator/system-model.ts';
import { testFaultMatrix } from './fault-matrix-tests.ts';
import { shardFlows } from './flows/shard-flows.ts';

/** One of this number of cases runs in `npm test`. */
const SAMPLE_EVERY = 60;

testFaultMatrix(await loadSystemModel(inject('assembly')), shardFlows, SAMPLE_EVERY);
