/** Shape of a CDK class: its interface declares `T?` where the class declares `T | undefined`. */
type AsClass<Interface> = { readonly [Key in keyof Interface]: Interface[Key] | undefined };

/**
 * Returns a construct as the interface that another construct expects. `exactOptionalPropertyTypes`
 * distinguishes the optional properties of the CDK's interfaces from properties of its classes that
 * may be undefined, so a class does not fit its own interface without a cast.
 */
export const asInterface = <Interface>(construct: AsClass<Interface>): Interface =>
  construct as Interface;
