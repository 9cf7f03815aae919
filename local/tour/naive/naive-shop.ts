import { setImmediate as nextTurn } from 'node:timers/promises';

/** A failure that a purchase meets once. */
export type NaiveFailure = 'chargeResponseLost' | 'crashAfterCharge' | 'refundUnavailable';

/** Totals of a shop after some purchases. */
export type NaiveBooks = {
  readonly stock: number;
  readonly sold: number;
  readonly charges: number;
  readonly refunds: number;
};

class LostResponse extends Error {}
export class Crash extends Error {}

/**
 * A shop as a first version is often written: it reads the count, charges the customer, and then
 * changes the count. Nothing connects these steps. Each of them is a round trip during which other
 * purchases continue, as with a database and a payment provider.
 */
export class NaiveShop {
  #stock: number;
  #sold = 0;
  #charges = 0;
  #refunds = 0;

  constructor(stock: number) {
    this.#stock = stock;
  }

  get books(): NaiveBooks {
    const [stock, sold] = [this.#stock, this.#sold];
    return { stock, sold, charges: this.#charges, refunds: this.#refunds };
  }

  /** Sells one unit. Returns whether there was one. Throws a Crash when the process ends midway. */
  async buy(failure?: NaiveFailure): Promise<boolean> {
    if ((await this.#readStock()) < 1) return false;
    await this.#chargeWithRetry(failure === 'chargeResponseLost');
    if (failure === 'crashAfterCharge') throw new Crash('the process ended after the charge');
    await this.#changeStock(-1);
    this.#sold += 1;
    return true;
  }

  /** Takes a unit out of the count when a customer starts to pay. Nothing gives it back. */
  async startCheckout(): Promise<boolean> {
    if ((await this.#readStock()) < 1) return false;
    await this.#changeStock(-1);
    return true;
  }

  /** Cancels a purchase: gives the unit back, and the money unless the provider is unavailable. */
  async cancel(failure?: NaiveFailure): Promise<void> {
    await this.#changeStock(1);
    this.#sold -= 1;
    // The error is written to a log without an alarm.
    if (failure !== 'refundUnavailable') this.#refunds += 1;
  }

  /** Writes a count that was read before, as each of several services that own it does. */
  async receive(quantity: number): Promise<void> {
    const before = await this.#readStock();
    await nextTurn();
    this.#stock = before + quantity;
  }

  async #readStock(): Promise<number> {
    await nextTurn();
    return this.#stock;
  }

  async #changeStock(by: number): Promise<void> {
    await nextTurn();
    this.#stock += by;
  }

  /** Charges again when no response arrives, because the first charge may have failed. */
  async #chargeWithRetry(losesResponse: boolean): Promise<void> {
    try {
      await this.#charge(losesResponse);
    } catch (error) {
      if (!(error instanceof LostResponse)) throw error;
      await this.#charge(false);
    }
  }

  async #charge(losesResponse: boolean): Promise<void> {
    await nextTurn();
    this.#charges += 1;
    if (losesResponse) throw new LostResponse('no response from the payment provider');
  }
}
