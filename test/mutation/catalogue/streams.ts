import { inBook, inReconciliation, inShared, inTemplates, type Mutant } from '../mutant.ts';

const UNIT_TESTS = [['test/unit/shared']];
const streamHandler = inShared('events/stream-handler', UNIT_TESTS);
const deadLetter = inShared('events/rejected-change', UNIT_TESTS);
const eventPublisher = inShared('events/event-publisher', UNIT_TESTS);
const putEvents = inShared('events/put-events', UNIT_TESTS);
const streamReplay = inShared('events/stream-replay', UNIT_TESTS);

/**
 * Guards that keep a shard from waiting for a change that can never be processed, and that change
 * from being lost.
 */
export const STREAM_MUTANTS: readonly Mutant[] = [
  streamHandler(
    'a change that no retry can handle is lost',
    '      await sendDeadLetter(record, messageOf(rejection.error), toIso(now));\n',
    '',
  ),
  streamHandler(
    'a change that its dead letter queue does not take is lost',
    '      return record;\n',
    '      continue;\n',
  ),
  streamHandler(
    'a change that failed behind a dead letter counts as done',
    '  const failed = records[handledCount];',
    '  const failed = rejected.length > 0 ? undefined : records[handledCount];',
  ),
  streamHandler(
    'a redriven change is handled with a record of another version',
    'if (stored === undefined || !fallback.matches(stored, change.after ?? {}))',
    'if (stored === undefined)',
  ),
  streamHandler(
    'the version of a mended record is not compared',
    'stored.version === changed.version;',
    'read.version !== null || changed === null;',
  ),
  streamHandler(
    'a redriven change that is refused again counts as handled',
    '  if (secondRejection !== undefined)\n    throw new Error(`${secondRejection}. Repair the record in the table, then redrive it.`);',
    "  if (secondRejection === '') throw new Error(`${secondRejection}. Repair the record in the table, then redrive it.`);",
  ),
  streamHandler(
    'a redriven change counts as handled while the bus is away',
    '  if (handledCount === 0) throw error;\n',
    '',
  ),
  streamHandler(
    'changes that cannot be read shift the places of the others',
    '    index: toBatchIndex(index),',
    '    index,',
  ),
  streamHandler(
    'a change that cannot be read is sent again with each retry of one before it',
    '    rejected: [...rejected, ...rejectedByRun]\n      .filter(({ index }) => index < handledCount)\n      .sort((a, b) => a.index - b.index),',
    '    rejected: [...rejected, ...rejectedByRun].sort((a, b) => a.index - b.index),',
  ),
  deadLetter(
    'a change that is larger than a message of SQS is sent whole',
    'Buffer.byteLength(whole) <= MESSAGE_BYTES_MAX',
    'whole.length > 0',
  ),
  deadLetter(
    'a message of SQS is measured in characters',
    'Buffer.byteLength(whole) <= MESSAGE_BYTES_MAX',
    'whole.length <= MESSAGE_BYTES_MAX',
  ),
  deadLetter('a message has a character that SQS rejects', '/[\\uFFFE\\uFFFF]/g', '/[\\uFFFE]/g'),
  eventPublisher(
    'a change whose events cannot be derived stops the ones behind it',
    '        rejected.set(index, error);\n        return NO_ENTRIES;',
    '        throw error;',
  ),
  putEvents(
    'an entry that the bus calls malformed is sent again and again',
    "new Set(['InvalidArgument', 'MalformedDetail'])",
    "new Set(['InvalidArgument'])",
  ),
  putEvents(
    'a request that is invalid counts as a bus that is away',
    'if (isValidationError(thrown)) return',
    'if (isValidationError(undefined)) return',
  ),
  putEvents(
    'events are sent together that are too large together',
    'bytes + more >= REQUEST_BYTES_MAX',
    'bytes + more >= 10 * REQUEST_BYTES_MAX',
  ),
  eventPublisher(
    'an event of the largest size is sent, which the bus does not take',
    'bytesOf(entry) >= REQUEST_BYTES_MAX)',
    'bytesOf(entry) > REQUEST_BYTES_MAX)',
  ),
  eventPublisher(
    'a refused change counts as published',
    'filter((_, index) => !rejected.has(index))',
    'filter((_, index) => index >= 0)',
  ),
  eventPublisher(
    'a refused change is set aside with each retry of one before it',
    'sortByIndex(rejected).filter(({ index }) => index < handledCount)',
    'sortByIndex(rejected)',
  ),
  eventPublisher(
    'a refused change stops the batch by its other entries',
    'result.unpublished.find(({ index }) => !rejected.has(index))',
    'result.unpublished[0]',
  ),
  streamReplay(
    'another change of the shard is redriven',
    'if (record?.dynamodb?.SequenceNumber === sequenceNumber)',
    'if (record !== undefined)',
  ),
  streamReplay(
    'a shard that has lost the change ends the search',
    'if (!(error instanceof Error && NOT_IN_SHARD_ERRORS.has(error.name))) throw error;',
    'throw error;',
  ),
  streamReplay(
    'the last pages of shards are not searched',
    '    from = StreamDescription?.LastEvaluatedShardId;',
    '    from = undefined;',
  ),
  inBook('use-cases/sharding/watch-stock-level')(
    'one damaged record keeps the levels of other SKUs from being watched',
    'if (!(error instanceof UnreadableRecordError))\n        return { handledCount: index, rejected, error };',
    'if (error !== undefined) return { handledCount: index, rejected, error };',
  ),
  inShared('observability/logger', UNIT_TESTS)(
    'Lambda takes each line for INFO',
    'timestamp: new Date().toISOString()',
    'at: new Date().toISOString()',
  ),
  inReconciliation('domain/events')(
    'a quote in a finding breaks its notice',
    '.replaceAll(\'"\', "\'")',
    '',
  ),
  inTemplates('constructs/compute/function-schedule')(
    'a scheduled run that its function fails is lost',
    '    (target.node.defaultChild as CfnFunction).deadLetterConfig = {\n      targetArn: undelivered.queueArn,\n    };',
    '',
  ),
  inTemplates('constructs/messaging/stream-consumer')(
    'each shard is handled by one function, whatever is configured',
    'parallelizationFactor: config.streamParallelization',
    'parallelizationFactor: 1',
  ),
];
