import { worker } from './short-work-app.ts';

// The same app, without the setting that allows the reconciler to be part of a recursive loop.
worker.addPropertyDeletionOverride('RecursiveLoop');
