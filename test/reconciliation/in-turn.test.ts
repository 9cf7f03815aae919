// Drift that one of them makes is found by every reconciliation, so they take turns in one file: files run side by side.
import './drift.ts';
import './traffic.ts';
import './fuzz.ts';
import './rebuild-balances.ts';
import './unreadable.ts';
