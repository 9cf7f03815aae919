/**
 * Thrown by a decision on an impossible state: a reservation and its cells contradict each other.
 * DynamoDB does not isolate the two reads, so they may see only a part of a step that was written
 * in between. `executeCommand` reads again.
 */
export class InconsistentStateError extends Error {
  override readonly name = 'InconsistentState';
}
