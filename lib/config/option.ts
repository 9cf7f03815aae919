/** A setting of a deployment, as docs/CONFIGURATION.md lists it. */
export type Option = {
  /** What the setting does, with its unit and its bounds. Markdown. */
  readonly meaning: string;
  /** The value that holds when the setting is not given. Markdown. */
  readonly fallback: string;
};

export type Options<Key extends string> = Readonly<Record<Key, Option>>;

/** The keys of a part of the configuration, in the order in which they are documented. */
export const keysOf = <Key extends string>(options: Options<Key>): readonly Key[] =>
  Object.keys(options) as Key[];
