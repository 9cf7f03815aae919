import { NO_UNITS, type Units } from '../../capacity/request-units.ts';
import type { RejectionReason } from '../call-log.ts';
import { drawFrom, type ModelClock } from '../clock/model-clock.ts';
import type { MeteredResponse } from '../meter.ts';
import type { DynamoDbModel } from '../model.ts';
import type { DynamoDbResponse } from './protocol.ts';

export type GovernedResponse = MeteredResponse & { readonly rejection?: RejectionReason };

/** Makes each response take the time that the model gives it, and counts the late ones. */
export class ModelTiming {
  readonly #clock: ModelClock;
  readonly #model: DynamoDbModel;
  #forwarded = 0;
  #late = 0;

  constructor(clock: ModelClock, model: DynamoDbModel) {
    this.#clock = clock;
    this.#model = model;
  }

  get forwarded(): number {
    return this.#forwarded;
  }

  /** Requests for which DynamoDB Local took longer than the model. */
  get late(): number {
    return this.#late;
  }

  reset(): void {
    this.#forwarded = 0;
    this.#late = 0;
  }

  /** Returns a response without work in DynamoDB Local, after the model's time of a rejection. */
  async reject(
    response: DynamoDbResponse,
    rejection?: RejectionReason,
    units: Units = NO_UNITS,
  ): Promise<GovernedResponse> {
    await this.#clock.sleep(drawFrom(this.#model.rejectionMilliseconds));
    return { response, units, ...(rejection && { rejection }) };
  }

  /**
   * Runs the work in DynamoDB Local while the model's time passes: first `minMilliseconds`, then
   * the rest of the total that `totalMilliseconds` returns for the response.
   */
  async work(
    run: () => Promise<MeteredResponse>,
    minMilliseconds: number,
    totalMilliseconds: (metered: MeteredResponse) => number = () => minMilliseconds,
  ): Promise<MeteredResponse> {
    const startedAt = this.#clock.now();
    let isOver = false;
    const working = run().finally(() => {
      isOver = true;
    });
    // An error is thrown by the await below; until then it must not count as unhandled.
    working.catch(() => {});
    await this.#clock.sleep(minMilliseconds);
    this.#forwarded += 1;
    if (!isOver) this.#late += 1;
    const metered = await this.#clock.runOutsideModel(working);
    const left = totalMilliseconds(metered) - (this.#clock.now() - startedAt);
    if (left > 0) await this.#clock.sleep(left);
    return metered;
  }
}
