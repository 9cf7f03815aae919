export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns a variable that the stack sets. Throws if it is absent, which is a deployment error that
 * shows at the first start.
 */
export function requireVariable(environment: Environment, name: string): string {
  const value = environment[name];
  if (value === undefined || value === '')
    throw new Error(`The environment variable ${name} is not set.`);
  return value;
}

/** Returns a whole number of at least `min` that the stack sets. Throws for any other value. */
export function requireCount(environment: Environment, name: string, min = 1): number {
  const value = Number(requireVariable(environment, name));
  if (!Number.isSafeInteger(value) || value < min)
    throw new Error(`The environment variable ${name} must be a whole number of at least ${min}.`);
  return value;
}
