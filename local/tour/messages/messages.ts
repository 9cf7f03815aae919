import { english } from './english.ts';
import { japanese } from './japanese.ts';
import type { Messages } from './message-types.ts';

export const LANGUAGES = ['en', 'ja'] as const;
export type Language = (typeof LANGUAGES)[number];

export const MESSAGES: Readonly<Record<Language, Messages>> = { en: english, ja: japanese };
