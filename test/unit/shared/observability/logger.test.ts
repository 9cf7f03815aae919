import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { logger } from '../../../../lambdas/shared/observability/logger.ts';

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.useFakeTimers({ now: new Date('2026-11-30T12:00:00.5Z') });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const writtenLines = () =>
  vi.mocked(process.stdout.write).mock.calls.map(([line]) => JSON.parse(String(line)));

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html */
const LAMBDA_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

test('each line has a level of Lambda and an RFC 3339 timestamp, so that Lambda does not treat it as INFO', () => {
  logger.info('one');
  logger.warn('two');
  logger.error('three', new Error('away'));

  expect(writtenLines().map(({ level }) => level)).toEqual(['INFO', 'WARN', 'ERROR']);
  for (const { level, timestamp } of writtenLines()) {
    expect(LAMBDA_LEVELS).toContain(level);
    expect(timestamp).toBe('2026-11-30T12:00:00.500Z');
  }
});

test('a line has its fields, and an error as name, message and stack', () => {
  logger.error('message failed', new TypeError('no lines'), { messageId: 'm-1' });

  expect(writtenLines()).toEqual([
    {
      level: 'ERROR',
      timestamp: '2026-11-30T12:00:00.500Z',
      message: 'message failed',
      messageId: 'm-1',
      error: { name: 'TypeError', message: 'no lines', stack: expect.any(String) },
    },
  ]);
});
