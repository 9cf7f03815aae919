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
    'a change that its dead-letter queue rejects is lost',
    '      return record;\n',
    '      continue;\n',
  ),
  streamHandler(
    'a change that failed after a dead letter counts as done',
    '  const failed = records[handledCount];',
    '  const failed = rejected.length > 0 ? undefined : records[handledCount];',
  ),
  streamHandler(
    'a redriven change uses a record of another version',
    'if (stored === undefined || !fallback.matches(stored, change.after ?? {}))',
    'if (stored === undefined)',
  ),
  streamHandler(
    'the version of a corrected record is not compared',
    'stored.version === changed.version;',
    'read.version !== null || changed === null;',
  ),
  streamHandler(
    'a redriven change that is rejected again counts as handled',
    '  if (secondRejection !== undefined)\n    throw new Error(`${secondRejection}. Repair the record in the table, then redrive it.`);',
    "  if (secondRejection === '') throw new Error(`${secondRejection}. Repair the record in the table, then redrive it.`);",
  ),
  streamHandler(
    'a redriven change counts as handled while the bus is unavailable',
    '  if (handledCount === 0) throw error;\n',
    '',
  ),
  streamHandler(
    'unreadable changes shift the batch indexes of the others',
    '    index: toBatchIndex(index),',
    '    index,',
  ),
  streamHandler(
    'an unreadable change is sent again with each retry of an earlier one',
    '    rejected: [...rejected, ...rejectedByRun]\n      .filter(({ index }) => index < handledCount)\n      .sort((a, b) => a.index - b.index),',
    '    rejected: [...rejected, ...rejectedByRun].sort((a, b) => a.index - b.index),',
  ),
  deadLetter(
    'a change larger than an SQS message is sent whole',
    'Buffer.byteLength(whole) <= MESSAGE_BYTES_MAX',
    'whole.length > 0',
  ),
  deadLetter(
    'an SQS message is measured in characters',
    'Buffer.byteLength(whole) <= MESSAGE_BYTES_MAX',
    'whole.length <= MESSAGE_BYTES_MAX',
  ),
  deadLetter(
    'a message contains a character that SQS rejects',
    '/[\\uFFFE\\uFFFF]/g',
    '/[\\uFFFE]/g',
  ),
  eventPublisher(
    'a change whose events cannot be derived stops the later ones',
    '        rejected.set(index, error);\n        return NO_ENTRIES;',
    '        throw error;',
  ),
  putEvents(
    'an entry that the bus reports as malformed is retried forever',
    "new Set(['InvalidArgument', 'MalformedDetail'])",
    "new Set(['InvalidArgument'])",
  ),
  putEvents(
    'an invalid request counts as an unavailable bus',
    'if (isValidationError(thrown)) return',
    'if (isValidationError(undefined)) return',
  ),
  putEvents(
    'events that exceed the request size together are sent together',
    'bytes + more >= REQUEST_BYTES_MAX',
    'bytes + more >= 10 * REQUEST_BYTES_MAX',
  ),
  eventPublisher(
    'an event of the exact size limit is sent although the bus rejects it',
    'bytesOf(entry) >= REQUEST_BYTES_MAX)',
    'bytesOf(entry) > REQUEST_BYTES_MAX)',
  ),
  eventPublisher(
    'a rejected change counts as published',
    'filter((_, index) => !rejected.has(index))',
    'filter((_, index) => index >= 0)',
  ),
  eventPublisher(
    'a rejected change is set aside with each retry of an earlier one',
    'sortByIndex(rejected).filter(({ index }) => index < handledCount)',
    'sortByIndex(rejected)',
  ),
  eventPublisher(
    'the other entries of a rejected change stop the batch',
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
    'later pages of shards are not searched',
    '    from = StreamDescription?.LastEvaluatedShardId;',
    '    from = undefined;',
  ),
  inBook('use-cases/sharding/watch-stock-level')(
    'one damaged record stops watching the stock levels of other SKUs',
    'if (!(error instanceof UnreadableRecordError))\n        return { handledCount: index, rejected, error };',
    'if (error !== undefined) return { handledCount: index, rejected, error };',
  ),
  inShared('observability/logger', UNIT_TESTS)(
    'Lambda treats every line as INFO',
    'timestamp: new Date().toISOString()',
    'at: new Date().toISOString()',
  ),
  inReconciliation('domain/events')(
    'a quotation mark in a finding breaks its notification',
    '.replaceAll(\'"\', "\'")',
    '',
  ),
  inTemplates('constructs/compute/function-schedule')(
    'a scheduled invocation that fails is lost',
    '    (target.node.defaultChild as CfnFunction).deadLetterConfig = {\n      targetArn: undelivered.queueArn,\n    };',
    '',
  ),
  inTemplates('constructs/messaging/stream-consumer')(
    'stream parallelization ignores the configuration',
    'parallelizationFactor: config.streamParallelization',
    'parallelizationFactor: 1',
  ),
];
