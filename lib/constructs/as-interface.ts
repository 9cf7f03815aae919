/** Properties that the CDK's class declares as `T | undefined` where its interface declares `T?`. */
type AsClass<Interface> = { readonly [Key in keyof Interface]: Interface[Key] | undefined };

/**
 * Returns a construct as the interface that another construct expects. The cast is needed because `exactOptionalPropertyTypes` tells an
 * optional property of the CDK's interfaces from a property of its classes that may be undefined.
 */
export const asInterface = <Interface>(construct: AsClass<Interface>): Interface =>
  construct as Interface;
