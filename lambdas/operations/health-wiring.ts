import { requireVariable } from '../shared/core/environment.ts';

/** Apart from the rest, so that the health route's bundle is small. */
export const version = () => requireVariable(process.env, 'STOCKBOOK_VERSION');
