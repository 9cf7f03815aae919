import { inject, test } from 'vitest';
import { MESSAGES } from '../../local/tour/messages/messages.ts';
import { runTour } from '../../local/tour/run-tour.ts';

const TOKENS: Readonly<Record<string, string>> = {
  alice: inject('aliceToken'),
  bob: inject('bobToken'),
};

/**
 * A sample of the scenes: others wait for a hold to expire, or need books that no other test
 * changes. A scene throws when it does not show what it states.
 */
test.each([0, 1, 2, 3, 5, 10])('scene %i of the tour shows what it states', async (scene) => {
  await runTour({
    target: {
      api: inject('apiUrl'),
      tokenFor: async (kind, name = '') =>
        kind === 'staff' ? inject('staffToken') : (TOKENS[name] ?? ''),
    },
    messages: MESSAGES.en,
    scenes: [scene],
    print: () => undefined,
    waitForViewer: async () => undefined,
  });
});
