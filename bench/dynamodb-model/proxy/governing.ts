import { type Action, isTransactional, itemIdOf } from '../../capacity/actions.ts';
import {
  itemsReadUnits,
  NO_UNITS,
  refusedUnits,
  type Units,
} from '../../capacity/request-units.ts';
import { partOf } from '../batches.ts';
import { Calls, type GovernorStats, type Observe, type Refusal } from '../calls.ts';
import { type Clock, drawn } from '../clock/model-clock.ts';
import { pairs, queryDemands, readDemands, writeDemands } from '../demands.ts';
import { Locks } from '../locks.ts';
import { Meter, type Metered } from '../meter.ts';
import type { Model, Range } from '../model.ts';
import { type Demand, Partitions } from '../partitions.ts';
import { cancelled, conflicting, inProgress, otherRequest, throttled } from '../refusals.ts';
import { Tokens } from '../tokens.ts';
import type { GovernorOptions } from './governor.ts';
import type { Forward } from './http-proxy.ts';
import { Mirror } from './mirror.ts';
import { type Answer, done, type Incoming, isDone } from './wire.ts';

type Decided = Metered & { readonly refusal?: Refusal };

/** Decides on each request as the model has it, and lets DynamoDB Local do the work. */
export class Governing {
  readonly calls = new Calls();
  readonly #model: Model;
  readonly #clock: Clock;
  readonly #forward: Forward;
  readonly #observe: Observe;
  readonly #mirror: Mirror;
  readonly #meter: Meter;
  readonly #partitions: Partitions;
  readonly #locks = new Locks();
  readonly #tokens: Tokens;
  #isAtEase = false;
  #worked = 0;
  #late = 0;

  constructor(
    forward: Forward,
    {
      model,
      clock,
      observe,
      answersReads,
    }: Required<Omit<GovernorOptions, 'endpoint' | 'model'>> & { model: Model },
  ) {
    this.#forward = forward;
    this.#model = model;
    this.#observe = observe;
    this.#clock = clock;
    this.#mirror = new Mirror(forward);
    this.#meter = new Meter(forward, this.#mirror, { answersReads });
    this.#partitions = new Partitions(model, () => this.#clock.now());
    this.#tokens = new Tokens(() => this.#clock.now());
  }

  stats = (): GovernorStats => ({
    worked: this.#worked,
    late: this.#late,
    isolated: this.#partitions.isolated,
  });

  reset(): void {
    this.calls.reset();
    this.#worked = 0;
    this.#late = 0;
  }

  /** While this is done nothing is limited or late. */
  async ease(work: () => Promise<void>): Promise<void> {
    this.#isAtEase = true;
    try {
      await work();
    } finally {
      this.#isAtEase = false;
    }
  }

  handle: Forward = async (incoming) => {
    if (incoming.api === 'DynamoDBStreams') return this.#forward(incoming);
    const at = Date.now();
    const actions = await this.#meter.actionsOf(incoming);
    if (this.#isAtEase) return (await this.#meter.run(incoming, actions)).answer;
    const network = drawn(this.#model.networkMilliseconds);
    await this.#clock.sleep(network / 2);
    const { answer, units, refusal } = await this.#decide(incoming, actions);
    await this.#clock.sleep(network / 2);
    const call = this.calls.add(incoming, answer, {
      at,
      actions: actions.length,
      transactional: isTransactional(incoming),
      refusal,
      ...units,
    });
    this.#observe(call, incoming);
    return answer;
  };

  #decide(incoming: Incoming, actions: readonly Action[]): Promise<Decided> {
    switch (incoming.operation) {
      case 'TransactWriteItems':
        return this.#once(incoming, actions);
      case 'TransactGetItems':
        return this.#readTransaction(incoming, actions);
      case 'BatchGetItem':
      case 'BatchWriteItem':
        return this.#batch(incoming, actions);
      case 'PutItem':
      case 'UpdateItem':
      case 'DeleteItem':
        return this.#writeOne(incoming, actions);
      case 'GetItem':
      case 'Query':
        return this.#readOne(incoming, actions);
      default:
        return this.#meter.run(incoming, actions);
    }
  }

  async #once(incoming: Incoming, actions: readonly Action[]): Promise<Decided> {
    const { ClientRequestToken: token, TransactItems } = incoming.body;
    if (typeof token !== 'string') return this.#transaction(incoming, actions);
    const seen = this.#tokens.begin(token, TransactItems);
    if (seen === 'other request') return this.#refusal(otherRequest());
    if (seen === 'running') return this.#refusal(inProgress());
    if (seen === 'done') {
      await this.#clock.sleep(drawn(this.#model.readMilliseconds));
      return {
        answer: done({}),
        units: itemsReadUnits(await this.#mirror.load(actions), 'transactional'),
      };
    }
    let succeeded = false;
    try {
      const metered = await this.#transaction(incoming, actions);
      succeeded = isDone(metered.answer);
      return metered;
    } finally {
      this.#tokens.end(token, succeeded);
    }
  }

  async #transaction(incoming: Incoming, actions: readonly Action[]): Promise<Decided> {
    const before = await this.#mirror.load(actions);
    // From here to the locks nothing waits, so nobody comes in between.
    const demands = writeDemands(actions, before, this.#mirror.shapeOf, true);
    const refused = this.#partitions.take('write', demands);
    if (refused.length > 0)
      return this.#refusal(cancelled(actions.length, refused, 'ThrottlingError'), 'throttle');
    const ids = actions.map(itemIdOf);
    const locked = this.#locks.taken(ids);
    if (locked.length > 0) {
      const units = refusedUnits(pairs(actions, before), true);
      return this.#refusal(
        cancelled(actions.length, locked, 'TransactionConflict'),
        'conflict',
        units,
      );
    }
    this.#locks.hold(ids);
    try {
      const lockMilliseconds = drawn(this.#model.lockMilliseconds);
      return await this.#work(
        () => this.#meter.run(incoming, actions),
        lockMilliseconds / 2,
        ({ answer }) => (isDone(answer) ? lockMilliseconds : lockMilliseconds / 2),
      );
    } finally {
      this.#locks.release(ids);
    }
  }

  async #readTransaction(incoming: Incoming, actions: readonly Action[]): Promise<Decided> {
    const locked = this.#locks.taken(actions.map(itemIdOf));
    if (locked.length > 0)
      return this.#refusal(cancelled(actions.length, locked, 'TransactionConflict'), 'conflict');
    const refused = this.#partitions.take('read', await this.#reads(incoming, actions));
    if (refused.length > 0)
      return this.#refusal(cancelled(actions.length, refused, 'ThrottlingError'), 'throttle');
    return this.#workFor(this.#model.readMilliseconds, incoming, actions);
  }

  async #writeOne(incoming: Incoming, actions: readonly Action[]): Promise<Decided> {
    const before = await this.#mirror.load(actions);
    if (
      this.#partitions.take('write', writeDemands(actions, before, this.#mirror.shapeOf, false))
        .length > 0
    )
      return this.#refusal(throttled('write'), 'throttle');
    if (this.#locks.taken(actions.map(itemIdOf)).length > 0)
      return this.#refusal(conflicting(), 'conflict', refusedUnits(pairs(actions, before), false));
    return this.#workFor(this.#model.writeMilliseconds, incoming, actions);
  }

  async #readOne(incoming: Incoming, actions: readonly Action[]): Promise<Decided> {
    const demands =
      incoming.operation === 'Query'
        ? queryDemands(incoming, this.#mirror.shapeOf)
        : await this.#reads(incoming, actions);
    if (this.#partitions.take('read', demands).length > 0)
      return this.#refusal(throttled('read'), 'throttle');
    return this.#workFor(this.#model.readMilliseconds, incoming, actions);
  }

  /** What its partitions cannot take, and what is locked, is left unprocessed; when that is all of it, the request is refused. */
  async #batch(incoming: Incoming, actions: readonly Action[]): Promise<Decided> {
    const kind = incoming.operation === 'BatchGetItem' ? 'read' : 'write';
    const demands =
      kind === 'read'
        ? await this.#reads(incoming, actions)
        : writeDemands(actions, await this.#mirror.load(actions), this.#mirror.shapeOf, false);
    const locked = kind === 'write' ? this.#locks.taken(actions.map(itemIdOf)) : [];
    const left = new Set(locked);
    for (const [place, demand] of demands.entries())
      if (!left.has(place) && this.#partitions.take(kind, [demand]).length > 0) left.add(place);
    if (left.size === actions.length) return this.#refusal(throttled(kind), 'throttle');
    const range = kind === 'read' ? this.#model.readMilliseconds : this.#model.writeMilliseconds;
    if (left.size === 0) return this.#workFor(range, incoming, actions);
    const part = partOf(incoming, left);
    const { answer, units } = await this.#workFor(
      range,
      part.incoming,
      actions.filter((_, place) => !left.has(place)),
    );
    return { answer: part.completed(answer), units, refusal: 'throttle' };
  }

  async #refusal(answer: Answer, refusal?: Refusal, units: Units = NO_UNITS): Promise<Decided> {
    await this.#clock.sleep(drawn(this.#model.refusalMilliseconds));
    return { answer, units, ...(refusal && { refusal }) };
  }

  #workFor = (range: Range, incoming: Incoming, actions: readonly Action[]): Promise<Metered> =>
    this.#work(() => this.#meter.run(incoming, actions), drawn(range));

  /** Lets DynamoDB Local work while the model's time passes: at least `least`, and then what its answer says in all. */
  async #work(
    work: () => Promise<Metered>,
    least: number,
    takes: (metered: Metered) => number = () => least,
  ): Promise<Metered> {
    const startedAt = this.#clock.now();
    let isOver = false;
    const working = work().finally(() => {
      isOver = true;
    });
    // It is awaited below, whatever comes of it.
    working.catch(() => {});
    await this.#clock.sleep(least);
    this.#worked += 1;
    if (!isOver) this.#late += 1;
    const metered = await this.#clock.outside(working);
    const left = takes(metered) - (this.#clock.now() - startedAt);
    if (left > 0) await this.#clock.sleep(left);
    return metered;
  }

  async #reads(incoming: Incoming, actions: readonly Action[]): Promise<Demand[]> {
    return readDemands(incoming, actions, await this.#mirror.load(actions), this.#mirror.shapeOf);
  }
}
