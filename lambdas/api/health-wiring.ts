import { requireVariable } from '../shared/core/environment.ts';

/** Version of the deployed code. This file imports no SDK client: its bundle stays small. */
export const version = () => requireVariable(process.env, 'STOCKBOOK_VERSION');
