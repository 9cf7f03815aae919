type OptionalKeys<Fields> = {
  [Name in keyof Fields]: undefined extends Fields[Name] ? Name : never;
}[keyof Fields];

/** Fields with a value: a field that may be undefined becomes optional. */
type Defined<Fields> = Omit<Fields, OptionalKeys<Fields>> & {
  readonly [Name in OptionalKeys<Fields>]?: Exclude<Fields[Name], undefined>;
};

/**
 * Returns the fields whose value is not undefined, for optional properties under
 * `exactOptionalPropertyTypes`: `{ orderId, ...defined({ note, reference }) }`.
 */
export const defined = <Fields extends object>(fields: Fields): Defined<Fields> =>
  // The type states what the filter removes; Object.fromEntries cannot.
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Defined<Fields>;
