/** Texts around each scene. */
export type SceneText = {
  readonly title: string;
  readonly question: string;
  /** Failure that is injected. */
  readonly failure: string;
  /** One sentence on the mechanism. */
  readonly mechanism: string;
};
type Row = readonly string[];

/** A balance that differs from the sum of its movements. */
export type BalanceFinding = {
  readonly kind: string;
  readonly subject: string;
  /** Explanation of the API, in English. */
  readonly explanation: string;
  /** Available units of the balance. */
  readonly book: number;
  /** Available units by the movements. */
  readonly expected: number;
};

/** All texts of the tour in one language. */
export type Messages = {
  readonly labels: {
    readonly scene: (number: number, title: string) => string;
    readonly question: string;
    readonly failure: string;
    readonly naive: string;
    readonly mechanism: string;
    readonly payment: string;
    readonly next: string;
    readonly summary: string;
    readonly passed: string;
    readonly columns: Row;
  };
  /** Headings of a table of balances, after the first column. */
  readonly balances: Row;
  readonly orders: string;
  readonly inventory: string;
  readonly naiveShop: SceneText & {
    readonly heading: Row;
    readonly twoBuyers: string;
    readonly chargeResponseLost: string;
    readonly crashAfterCharge: string;
    readonly leavesCheckout: string;
    readonly refundUnavailable: string;
    readonly twoDeliveries: string;
  };
  readonly oneOwner: SceneText & {
    readonly naive: (stock: number) => string;
    readonly attempts: Row;
    readonly receiptOfCustomer: string;
    readonly unsignedReservation: string;
    readonly products: Row;
  };
  readonly whenCountsFall: SceneText & {
    readonly naive: string;
    readonly moment: string;
    readonly movement: string;
    readonly received: string;
    readonly reserved: string;
    readonly confirmed: string;
    readonly shipped: string;
  };
  readonly reserveFirst: SceneText & {
    readonly naive: (sold: number, stock: number) => string;
    readonly rejected: (status: number, code: string) => string;
  };
  readonly abandonedCheckout: SceneText & {
    readonly naive: (stock: number) => string;
    readonly waits: (expiresAt: string) => string;
    readonly returned: (movements: number) => string;
  };
  readonly lostResponse: SceneText & {
    readonly naive: (charges: number) => string;
    readonly sentTwice: (first: string, again: string) => string;
    readonly chargedOnce: string;
  };
  readonly failingInventory: SceneText & {
    readonly naive: (charges: number, sold: number) => string;
    readonly failed: (delivery: number) => string;
    readonly succeeded: (delivery: number) => string;
  };
  readonly compensation: SceneText & {
    readonly naive: (charges: number, sold: number) => string;
    readonly taken: (orderId: string, otherOrderId: string) => string;
    readonly compensated: string;
  };
  readonly failingRefund: SceneText & {
    readonly naive: (payments: number) => string;
    readonly retried: string;
    readonly needsAttention: (reason: string) => string;
    readonly resumed: string;
  };
  readonly writtenDrift: SceneText & {
    readonly naive: string;
    readonly found: (finding: BalanceFinding) => string;
    readonly alert: (title: string, runbook: string | undefined) => string;
    readonly repaired: (movement: string) => string;
  };
  readonly physicalCount: SceneText & {
    readonly naive: string;
    readonly heading: Row;
    readonly count: string;
    readonly waitsForApproval: (findingId: string) => string;
  };
  readonly automaticRepair: SceneText & {
    readonly naive: string;
    readonly left: string;
  };
  readonly twoLocations: SceneText & {
    readonly naive: (first: number, second: number) => string;
    /** Name of the second location. */
    readonly shop: string;
    readonly moment: string;
    readonly inAll: string;
    readonly received: string;
    readonly ordered: (quantity: number) => string;
    readonly rejected: (status: number, code: string | undefined) => string;
  };
  readonly booksAgree: SceneText & {
    readonly heading: Row;
    readonly noFindings: string;
  };
};
