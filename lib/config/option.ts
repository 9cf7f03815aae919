import * as z from 'zod/mini';

/** Documentation of an option: a row of docs/CONFIGURATION.md. */
export type OptionDocs = {
  readonly description: string;
  /** Default value in Markdown, or what happens when the option is not set. */
  readonly defaultText: string;
};
export const OPTION_DOCS = z.registry<OptionDocs>();

/** Declares an option that is absent when it is not set. */
export const option = <Schema extends z.ZodMiniType>(
  schema: Schema,
  docs: OptionDocs,
): z.ZodMiniExactOptional<Schema> => documented(z.exactOptional(schema), docs);

/**
 * Declares an option with a default value, which the documentation shows unless it has a text of
 * its own.
 */
export const optionWithDefault = <Schema extends z.ZodMiniType>(
  schema: Schema,
  defaultValue: z.core.util.NoUndefined<z.output<Schema>>,
  {
    description,
    defaultText = `\`${defaultValue}\``,
  }: Pick<OptionDocs, 'description'> & Partial<OptionDocs>,
): z.ZodMiniDefault<Schema> =>
  documented(z._default(schema, defaultValue), { description, defaultText });

function documented<Schema extends z.ZodMiniType>(schema: Schema, docs: OptionDocs): Schema {
  OPTION_DOCS.add(schema, docs);
  return schema;
}

/**
 * Declares a rule about several options, which applies when each of them is valid by itself.
 *
 * @param violation returns what is wrong, or undefined
 */
export const rule = <Options extends object>(
  keys: readonly (keyof Options & string)[],
  violation: (options: Options) => string | undefined,
): z.core.$ZodCheck<Options> =>
  z.refine<Options>((options) => violation(options) === undefined, {
    error: ({ input }) => violation(input as Options),
    when: ({ issues }) => !issues.some(({ path }) => keys.some((key) => key === path?.[0])),
  });

/** Requires both options or neither. */
export const requireBoth = <Options extends object>(
  first: keyof Options & string,
  second: keyof Options & string,
): z.core.$ZodCheck<Options> =>
  rule<Options>([first, second], (options) =>
    (options[first] === undefined) === (options[second] === undefined)
      ? undefined
      : `${first} and ${second} must be set together`,
  );

/** Error of an option: `<key> must be <expectation>, not <value>`. */
export const mustBe = (expectation: string) => ({
  error: ({ input }: { readonly input?: unknown }): string =>
    `must be ${expectation}, not ${JSON.stringify(input)}`,
});

/** Accepts a text that matches the pattern. */
export const text = (pattern: RegExp, expectation: string) =>
  z.string(mustBe(expectation)).check(z.regex(pattern, { ...mustBe(expectation), abort: true }));

/** Accepts values separated by commas, and returns them as a list. */
export const list = (pattern: RegExp, expectation: string) =>
  z.pipe(
    text(pattern, expectation),
    z.transform((values): readonly string[] => [...new Set(values.split(','))]),
  );

/** Accepts one of the choices. */
export const choice = <const Choice extends string>(
  ...choices: readonly [Choice, Choice, ...Choice[]]
) => z.enum(choices, mustBe(`${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`));

/** Accepts `true` and `false`, as JSON or as text. */
export const flag = () =>
  z.pipe(
    z.custom<boolean | 'true' | 'false'>(
      (value) => typeof value === 'boolean' || value === 'true' || value === 'false',
      mustBe('true or false'),
    ),
    z.transform((value): boolean => String(value) === 'true'),
  );

/**
 * Accepts a whole number within the bounds, as JSON or as digits. `unit` is for the error: ' of
 * days'.
 */
export const integer = ([min, max]: readonly [number, number], unit = '') => {
  const isWithin = (value: number) => Number.isInteger(value) && value >= min && value <= max;
  return z.pipe(
    z.custom<number | string>(
      (value) =>
        (typeof value === 'number' && isWithin(value)) ||
        (typeof value === 'string' && /^[0-9]{1,9}$/.test(value) && isWithin(Number(value))),
      mustBe(`a whole number${unit} from ${min} to ${max}`),
    ),
    z.transform(Number),
  );
};

const PAIR = /^[1-9][0-9]{0,8}\/[1-9][0-9]{0,8}$/;

/** Accepts two whole numbers written as `first/second`, each from its minimum to `max`. */
export const pair = <Result>(
  expectation: string,
  [firstMin, secondMin]: readonly [number, number],
  max: number,
  toResult: (first: number, second: number) => Result,
) =>
  z.pipe(
    text(PAIR, expectation).check(
      z.refine(
        (value) => {
          const [first = 0, second = 0] = value.split('/').map(Number);
          return first >= firstMin && second >= secondMin && first <= max && second <= max;
        },
        mustBe(`${expectation} and at most ${max}`),
      ),
    ),
    z.transform((value) => {
      const [first = 0, second = 0] = value.split('/').map(Number);
      return toResult(first, second);
    }),
  );
