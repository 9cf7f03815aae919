import { randomUUID } from 'node:crypto';

/** Returns a random id of 32 hexadecimal characters. */
export const randomId = (): string => randomUUID().replaceAll('-', '');
