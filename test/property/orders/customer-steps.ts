/** Step of a customer's history. `order` and `request` are indexes into the existing ones. */
export type Step =
  | { readonly kind: 'place'; readonly key: number; readonly quantity: number }
  | { readonly kind: 'pay' | 'cancel'; readonly order: number; readonly key: number }
  /** Continues a request until its next call of a store or of inventory has returned. */
  | { readonly kind: 'proceed'; readonly request: number; readonly calls: number }
  | { readonly kind: 'crash'; readonly request: number }
  | { readonly kind: 'proceedAll' }
  | {
      readonly kind: 'decline' | 'requireAction' | 'actionDone' | 'confirm' | 'commit' | 'complete';
      readonly order: number;
    }
  | {
      readonly kind: 'compensate';
      readonly order: number;
      readonly isReleased: boolean;
      readonly isDone: boolean;
    }
  | { readonly kind: 'receive'; readonly quantity: number }
  | { readonly kind: 'wait'; readonly seconds: number };

/** A step of an order's saga, or of an event that continues it. */
export type SagaStep = Extract<
  Exclude<Step, { readonly kind: 'pay' | 'cancel' }>,
  { readonly order: number }
>;
