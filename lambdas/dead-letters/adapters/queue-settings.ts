import { parseQueueSettings, type QueueSetting } from '../../contracts/api/dead-letters.ts';

/** Parses the variable DEAD_LETTERS. */
export const parseContents = (text: string): readonly QueueSetting<'contents'>[] =>
  parseQueueSettings('contents', text);

/** Parses the variable DEAD_LETTER_LOGS. */
export const parseLogGroups = (text: string): readonly QueueSetting<'logGroup'>[] =>
  parseQueueSettings('logGroup', text);

/** Parses the variable DEAD_LETTER_TARGETS. */
export const parseTargets = (text: string): readonly QueueSetting<'target'>[] =>
  parseQueueSettings('target', text);
