import fc from 'fast-check';

export const number = (value: number) => ({ N: String(value) });

export const small = fc.integer({ min: -2, max: 6 });
export const bucket = fc.constantFrom('60', '120', '180');

/** Conditions of the adapters, and edge cases: missing attributes, other types, negation. */
export const condition = fc
  .tuple(small, small, bucket)
  .chain(([one, other, at]) =>
    fc
      .constantFrom(
        'attribute_not_exists(pk)',
        'attribute_exists(pk)',
        'attribute_exists(pk) AND available >= :one',
        '#version = :one',
        '#version <> :one',
        'attribute_not_exists(units) OR units <= :one',
        '#held.#bucket >= :one',
        'attribute_exists(pk) AND committed >= :one AND #held.#bucket >= :other',
        'NOT #version = :one',
        'NOT (available < :one OR committed > :other)',
        'available BETWEEN :one AND :other',
        '#status IN (:held, :other)',
        'begins_with(sk, :move)',
        'lastCount.countId = :count',
        'attribute_not_exists(lastCount)',
        'size(#lines) > :one',
        '#lines[0].quantity = :one',
        'contains(#status, :el)',
        '#status < :one',
      )
      .map((text) => expression(text, one, other, at)),
  );

const VALUES: Readonly<Record<string, object>> = {
  ':held': { S: 'HELD' },
  ':move': { S: 'MOVE#' },
  ':count': { S: 'count-1' },
  ':el': { S: 'EL' },
  ':zero': number(0),
  ':text': { S: 'words' },
  ':map': { M: { '60': number(1) } },
};

const NAMES: Readonly<Record<string, string>> = {
  '#version': 'version',
  '#held': 'held',
  '#status': 'status',
  '#lines': 'lines',
};

/** Returns only the names and values that the text uses, because DynamoDB rejects others. */
function expression(text: string, one: number, other: number, at: string) {
  const uses = (word: string) => new RegExp(`${word.replace('#', '\\#')}\\b`).test(text);
  const names = { ...NAMES, '#bucket': at };
  const values = { ...VALUES, ':one': number(one), ':other': number(other) };
  const used = <Value>(all: Readonly<Record<string, Value>>) =>
    Object.fromEntries(Object.entries(all).filter(([word]) => uses(word)));
  return { text, names: used<string>(names), values: used<object>(values) };
}
type Expression = ReturnType<typeof expression>;

export const update = fc
  .tuple(small, small, bucket)
  .chain(([one, other, at]) =>
    fc
      .constantFrom(
        'SET #version = #version + :one, available = available - :other',
        'SET #version = if_not_exists(#version, :zero) + :one',
        'SET #held.#bucket = if_not_exists(#held.#bucket, :zero) + :one',
        'SET #held.#bucket = :one REMOVE available',
        'REMOVE #held.#bucket, committed',
        'SET #held = :map',
        'SET #status = :text ADD units :one',
        'ADD units :one',
        'ADD #status :one',
        'SET available = committed, committed = available',
        'SET #status = available + :text',
      )
      .map((text) => expression(text, one, other, at)),
  );

export const conditional = (
  given: Expression | undefined,
  returnsOld: boolean,
  more?: Expression,
) => {
  const names = { ...given?.names, ...more?.names };
  const values = { ...given?.values, ...more?.values };
  return {
    ...(given === undefined ? {} : { ConditionExpression: given.text }),
    ...(returnsOld ? { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } : {}),
    ...(Object.keys(names).length === 0 ? {} : { ExpressionAttributeNames: names }),
    ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
  };
};

export const guard = fc.option(condition, { nil: undefined });
