type Values = Readonly<Record<string, unknown>>;

/**
 * Reads settings: text from the command line, JSON from cdk.json and from the stage's settings file. Collects every error instead of
 * throwing at the first one.
 */
export class ContextReader<Key extends string> {
  readonly errors: string[] = [];
  readonly #values: Values;

  constructor(values: Values) {
    this.#values = values;
  }

  isGiven(key: Key): boolean {
    return this.#values[key] !== undefined && this.#values[key] !== '';
  }

  text(key: Key, pattern: RegExp, meaning: string): string | undefined {
    const value = this.#values[key];
    if (value === undefined || value === '') return undefined;
    if (typeof value === 'string' && pattern.test(value)) return value;
    this.errors.push(`${key} must be ${meaning}, not ${JSON.stringify(value)}`);
    return undefined;
  }

  choice<Choice extends string>(
    key: Key,
    choices: readonly [Choice, Choice, ...Choice[]],
  ): Choice | undefined {
    const meaning = `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
    const value = this.text(key, new RegExp(`^(${choices.join('|')})$`), meaning);
    return choices.find((choice) => choice === value);
  }

  /** Reads choices separated by commas; none by default. */
  choices<Choice extends string>(
    key: Key,
    choices: readonly [Choice, Choice, ...Choice[]],
  ): readonly Choice[] {
    const any = `(${choices.join('|')})`;
    const meaning = `one or more of ${choices.join(', ')}, separated by commas`;
    const given = this.text(key, new RegExp(`^${any}(,${any})*$`), meaning)?.split(',');
    return choices.filter((choice) => given?.includes(choice));
  }

  flag(key: Key, fallback: boolean): boolean {
    const value = this.#values[key];
    if (typeof value === 'boolean') return value;
    const given = this.choice(key, ['true', 'false']);
    return given === undefined ? fallback : given === 'true';
  }

  integer(key: Key, fallback: number, [min, max]: readonly [number, number], of = ''): number {
    const given = this.#values[key] ?? fallback;
    const value = typeof given === 'string' && /^[0-9]{1,9}$/.test(given) ? Number(given) : given;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max)
      return value;
    const not = JSON.stringify(this.#values[key]);
    this.errors.push(`${key} must be a whole number${of} from ${min} to ${max}, not ${not}`);
    return fallback;
  }

  /** Reads two whole numbers that are written as `first/second`; undefined when the setting is not given. */
  pair(
    key: Key,
    {
      min,
      max,
      meaning,
    }: { readonly min: readonly [number, number]; readonly max: number; readonly meaning: string },
  ): readonly [number, number] | undefined {
    const text = this.text(key, /^[1-9][0-9]{0,8}\/[1-9][0-9]{0,8}$/, meaning);
    if (text === undefined) return undefined;
    const [first = 0, second = 0] = text.split('/').map(Number);
    if (first >= min[0] && second >= min[1] && first <= max && second <= max)
      return [first, second];
    this.errors.push(`${key} must be ${meaning} and at most ${max}, not ${JSON.stringify(text)}`);
    return undefined;
  }

  /** Requires both settings or neither. */
  requireBoth(one: Key, other: Key): void {
    if (this.isGiven(one) !== this.isGiven(other))
      this.errors.push(`${one} and ${other} must be set together`);
  }
}
