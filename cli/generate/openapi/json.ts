export type Json = { readonly [field: string]: unknown };
