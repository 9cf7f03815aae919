import { NOON, seconds } from '../../support/inventory.ts';

export const agoIso = (age: number) => new Date(NOON - seconds(age)).toISOString();
export const kindsOf = (found: readonly { kind: string }[]) => found.map(({ kind }) => kind);
