import { describe, expect, test } from 'vitest';
import { parsePort, parseStartArguments } from '../../../local/start-arguments.ts';

describe('the arguments of npm start', () => {
  test('are empty by default', () => {
    expect(parseStartArguments([])).toEqual({
      skipsDemo: false,
      playsTour: false,
      keepsData: false,
      isVerbose: false,
      context: {},
    });
  });

  test('include context values with an equals sign', () => {
    expect(
      parseStartArguments([
        '--no-demo',
        '--persist',
        '--verbose',
        '-c',
        'stage=dev',
        '--context',
        'x=a=b',
      ]),
    ).toEqual({
      skipsDemo: true,
      playsTour: false,
      keepsData: true,
      isVerbose: true,
      context: { stage: 'dev', x: 'a=b' },
    });
  });

  test('may ask for the tour', () => {
    expect(parseStartArguments(['--tour'])).toMatchObject({ playsTour: true });
  });

  test.each([
    [['--bogus'], '--bogus'],
    [['--tour', '--persist'], "'--tour' cannot be used with option '--persist'"],
    [['demo'], 'too many arguments'],
    [['-c', 'stage'], 'It must have the form key=value.'],
  ])('%j are rejected', (argv, message) => {
    expect(() => parseStartArguments(argv)).toThrow(message);
  });

  test.each([
    [undefined, 3000],
    ['', 3000],
    ['0', 0],
    ['65535', 65_535],
  ])('PORT %j is %i', (value, port) => {
    expect(parsePort(value)).toBe(port);
  });

  test.each(['65536', '-1', 'http', '1.5'])('reject PORT %j', (value) => {
    expect(() => parsePort(value)).toThrow('PORT must be a number');
  });
});
