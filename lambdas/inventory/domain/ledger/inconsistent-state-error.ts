/**
 * Thrown by a decision on a state that cannot be: its reservation and its cells contradict each other. DynamoDB reads them one
 * after the other, so a step that was written in between is seen in some of them only. `changeBook` reads again.
 */
export class InconsistentStateError extends Error {
  override readonly name = 'InconsistentState';
}
