import { inject, test } from 'vitest';
import { MESSAGES } from '../../local/tour/messages/messages.ts';
import { runTour } from '../../local/tour/run-tour.ts';
import { tokenFor } from '../support/e2e/e2e.ts';

/**
 * A sample of the scenes: others wait for a hold to expire, or need books that no other test
 * changes. A scene throws when it does not show what it states.
 */
test.each([0, 1, 2, 3, 5, 10, 12])('scene %i of the tour shows what it states', async (scene) => {
  await runTour({
    target: {
      api: inject('apiUrl'),
      tokenFor,
    },
    messages: MESSAGES.en,
    scenes: [scene],
    print: () => undefined,
    waitForViewer: async () => undefined,
  });
});
