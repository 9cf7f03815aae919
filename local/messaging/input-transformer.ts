import { isObject } from '../json.ts';

/** How a rule makes the text of a target from an event, as the template has it. */
export type InputTransformer = {
  /** Paths of the form `$.detail.kind`, by the variable that has their value. */
  readonly InputPathsMap?: Readonly<Record<string, string>> | undefined;
  /** JSON of a text, with variables as `<name>`. */
  readonly InputTemplate: string;
};

/**
 * Compiles an input transformer whose template is a text. Returns a function from an event to the
 * text. A variable whose path is not in the event is replaced by nothing. Throws for a variable
 * without a path.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export function compileTransformer({
  InputPathsMap = {},
  InputTemplate,
}: InputTransformer): (event: unknown) => string {
  const paths = new Map(
    Object.entries(InputPathsMap).map(([name, path]) => [name, path.split('.').slice(1)]),
  );
  // The text is decoded before the values are inserted, so a value cannot end it.
  const template = String(JSON.parse(InputTemplate));
  for (const [, name = ''] of template.matchAll(VARIABLE))
    if (!paths.has(name)) throw new Error(`input transformer: unknown variable <${name}>`);
  return (event) =>
    template.replace(VARIABLE, (_, name: string) => textOf(valueAt(event, paths.get(name) ?? [])));
}

const VARIABLE = /<([\w.-]+)>/g;

const valueAt = (event: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), event);

function textOf(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
