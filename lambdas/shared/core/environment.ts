export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable that the stack sets. Its absence is a deployment fault, found at the first start. */
export function requireVariable(environment: Environment, name: string): string {
  const value = environment[name];
  if (value === undefined || value === '')
    throw new Error(`environment variable ${name} is not set`);
  return value;
}

/** A whole number of at least 1 that the stack sets. */
export function requireCount(environment: Environment, name: string): number {
  const value = Number(requireVariable(environment, name));
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`${name} is not a whole number of 1 or more`);
  return value;
}
