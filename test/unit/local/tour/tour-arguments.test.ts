import { expect, test } from 'vitest';
import { SCENES } from '../../../../local/tour/scenes.ts';
import { parseTourArguments } from '../../../../local/tour/tour-arguments.ts';

test('the tour has all scenes, in English, and waits by default', () => {
  expect(parseTourArguments([])).toEqual({
    language: 'en',
    scenes: [...SCENES.keys()],
    waits: true,
  });
});

test('one scene, the language and no waiting can be chosen', () => {
  expect(parseTourArguments(['--scene', '3', '--lang', 'ja', '--no-wait'])).toEqual({
    language: 'ja',
    scenes: [3],
    waits: false,
  });
});

test.each([
  [['--scene', '14'], 'It must be a number from 0 to 13.'],
  [['--scene', ''], 'It must be a number from 0 to 13.'],
  [['--lang', 'fr'], 'Allowed choices are en, ja.'],
  [['3'], 'too many arguments'],
])('%j are rejected', (argv, message) => {
  expect(() => parseTourArguments(argv)).toThrow(message);
});
