import { type Mutant, ofBook, ofRuns, ofShared, ofTemplates } from '../mutant.ts';

const UNITS = [['test/unit/shared']];
const handling = ofShared('events/stream-handler', UNITS);
const letter = ofShared('events/dead-letter', UNITS);
const publishing = ofShared('events/event-bus', UNITS);
const rereading = ofShared('events/stream-range', UNITS);

/** What keeps a shard from waiting for a change that can never be handled, and that change from being lost. */
export const OF_STREAMS: readonly Mutant[] = [
  handling(
    'a change that no retry can handle is lost',
    '      await deadLetters(record, messageOf(problem), toIso(now));\n',
    '',
  ),
  handling(
    'a change that its dead letter queue does not take is lost',
    '      return record;\n',
    '      continue;\n',
  ),
  handling(
    'a change that failed behind a dead letter counts as done',
    '  const failed = records[done];',
    '  const failed = refused.length > 0 ? undefined : records[done];',
  ),
  handling(
    'a redriven change is handled with a record of another version',
    'if (stored === undefined || !mended.isOf(stored, change.after ?? {}))',
    'if (stored === undefined)',
  ),
  handling(
    'the version of a mended record is not compared',
    'stored.version === changed.version;',
    'stored.version !== null || changed === null;',
  ),
  handling(
    'a redriven change that is refused again counts as handled',
    '  if (again !== undefined)\n    throw new Error(`${again}. Mend the record in the table, then redrive this.`);',
    "  if (again === '') throw new Error(`${again}. Mend the record in the table, then redrive this.`);",
  ),
  handling(
    'a redriven change counts as handled while the bus is away',
    '  if (done === 0) throw fault;\n',
    '',
  ),
  handling(
    'changes that cannot be read shift the places of the others',
    '.map(({ index, fault }) => ({ index: placeOf(index), fault }))',
    '.map(({ index, fault }) => ({ index, fault }))',
  ),
  handling(
    'a change that cannot be read is sent again with each retry of one before it',
    '    refused: [...refused, ...ofRun]\n      .filter(({ index }) => index < done)\n      .sort((a, b) => a.index - b.index),',
    '    refused: [...refused, ...ofRun].sort((a, b) => a.index - b.index),',
  ),
  letter(
    'a change that is larger than a message of SQS is sent whole',
    'Buffer.byteLength(whole) <= MESSAGE_BYTES_MAX',
    'whole.length > 0',
  ),
  letter(
    'a message of SQS is measured in characters',
    'Buffer.byteLength(whole) <= MESSAGE_BYTES_MAX',
    'whole.length <= MESSAGE_BYTES_MAX',
  ),
  letter('a message has a character that SQS rejects', '/[\\uFFFE\\uFFFF]/g', '/[\\uFFFE]/g'),
  publishing(
    'a change whose events cannot be derived stops the ones behind it',
    '        refused.set(index, fault);\n        return NOTHING;',
    '        throw fault;',
  ),
  publishing(
    'an entry that the bus calls malformed is sent again and again',
    "new Set(['InvalidArgument', 'MalformedDetail'])",
    "new Set(['InvalidArgument'])",
  ),
  publishing(
    'a request that is invalid counts as a bus that is away',
    'if (isInvalid(thrown)) return',
    'if (isInvalid(undefined)) return',
  ),
  publishing(
    'events are sent together that are too large together',
    'bytes + more >= REQUEST_BYTES_MAX',
    'bytes + more >= 10 * REQUEST_BYTES_MAX',
  ),
  publishing(
    'an event of the largest size is sent, which the bus does not take',
    'bytesOf(entry) >= REQUEST_BYTES_MAX)',
    'bytesOf(entry) > REQUEST_BYTES_MAX)',
  ),
  publishing(
    'a refused change counts as published',
    'filter((_, index) => !refused.has(index))',
    'filter((_, index) => index >= 0)',
  ),
  publishing(
    'a refused change is set aside with each retry of one before it',
    'inOrder(refused).filter(({ index }) => index < done)',
    'inOrder(refused)',
  ),
  publishing(
    'a refused change stops the batch by its other entries',
    'outcome.failed.find(({ index }) => !refused.has(index))',
    'outcome.failed[0]',
  ),
  rereading(
    'another change of the shard is redriven',
    'if (record?.dynamodb?.SequenceNumber === sequenceNumber)',
    'if (record !== undefined)',
  ),
  rereading(
    'a shard that has lost the change ends the search',
    'if (!(fault instanceof Error && NOT_IN_SHARD.has(fault.name))) throw fault;',
    'throw fault;',
  ),
  rereading(
    'the last pages of shards are not searched',
    '    from = StreamDescription?.LastEvaluatedShardId;',
    '    from = undefined;',
  ),
  ofBook('use-cases/sharding/watch-stock-level')(
    'one damaged record keeps the levels of other SKUs from being watched',
    'if (!(fault instanceof UnreadableRecord)) return { done: index, refused, fault };',
    'if (fault !== undefined) return { done: index, refused, fault };',
  ),
  ofShared('observability/logger', UNITS)(
    'Lambda takes each line for INFO',
    'timestamp: new Date().toISOString()',
    'at: new Date().toISOString()',
  ),
  ofRuns('domain/events')('a quote in a finding breaks its notice', '.replaceAll(\'"\', "\'")', ''),
  ofTemplates('constructs/compute/function-schedule')(
    'a scheduled run that its function fails is lost',
    '    (target.node.defaultChild as CfnFunction).deadLetterConfig = {\n      targetArn: undelivered.queueArn,\n    };',
    '',
  ),
  ofTemplates('constructs/messaging/stream-consumer')(
    'each shard is handled by one function, whatever is configured',
    'parallelizationFactor: config.streamParallelization',
    'parallelizationFactor: 1',
  ),
];
