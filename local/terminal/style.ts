import { styleText } from 'node:util';

type Style = (text: string) => string;

/** Colours text, unless the output is not a terminal or NO_COLOR is set. */
const style =
  (format: Parameters<typeof styleText>[0]): Style =>
  (text) =>
    styleText(format, text, { stream: process.stdout });

export const bold = style('bold');
export const dim = style('dim');
export const green = style('green');
export const red = style('red');
export const yellow = style('yellow');

/** Heading of a section, after an empty line. */
export const heading: Style = (text) => `\n${style(['bold', 'cyan'])(text)}`;

/** Formats a time of the local zone with the zone's name: `17:57:00 GMT+1`. */
export const formatTime = (at: string | number | Date): string =>
  new Date(at).toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  });

const MILLISECONDS_PER_SECOND = 1_000;
/** Formats a duration: `2.1 s`. */
export const formatSeconds = (milliseconds: number): string =>
  `${(milliseconds / MILLISECONDS_PER_SECOND).toFixed(1)} s`;

export const indent: Style = (text) => text.replace(/^(?=.)/gm, '   ');
