import { required } from '../shared/environment.ts';

export const version = () => required(process.env, 'STOCKBOOK_VERSION');
