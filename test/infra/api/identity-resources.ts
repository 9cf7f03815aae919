import * as z from 'zod/mini';
import { type Resource, readProperties, resourcesOfType } from '../../support/infra/templates.ts';

export const CUSTOMER_SCOPES = ['orders'];
export const STAFF_SCOPES = ['orders.manage', 'stock.read', 'stock.write', 'operations'];
/**
 * External issuer of customers. The machine client of staff is synthesized without that of
 * customers.
 */
export const CUSTOMER_ISSUER = {
  customerIssuer: 'https://shop.example/issuer',
  customerAudience: 'shop,app',
  machineClients: 'staff',
};
export const STAFF_ISSUER = {
  staffIssuer: 'https://warehouse.example/issuer',
  staffAudience: 'warehouse',
};
export const BOTH_ISSUERS = { ...CUSTOMER_ISSUER, ...STAFF_ISSUER, machineClients: '' };

/** Every optional setting. One synthesis serves all tests, because it takes seconds. */
export const CONFIGURED_CONTEXT = {
  stage: 'prod',
  paymentProvider: 'sandbox',
  machineClients: 'customer,staff',
  callbackUrls: 'https://shop.example/in,https://app.shop.example/in',
  staffCallbackUrls: 'https://warehouse.example/in',
  signUpEmailFrom: 'shop@mail.shop.example',
};

export const Pool = z.object({
  AdminCreateUserConfig: z.optional(z.object({ AllowAdminCreateUserOnly: z.boolean() })),
  MfaConfiguration: z.optional(z.string()),
  EnabledMfas: z.optional(z.array(z.string())),
});
const Client = z.object({
  UserPoolId: z.string(),
  AllowedOAuthFlows: z.array(z.string()),
  AllowedOAuthScopes: z.array(z.string()),
  GenerateSecret: z.optional(z.boolean()),
  CallbackURLs: z.optional(z.array(z.string())),
});

export const clientsOf = (resources: readonly Resource[]) =>
  resourcesOfType(resources, 'AWS::Cognito::UserPoolClient').map((client) => ({
    name: client.name,
    ...readProperties(Client, client),
  }));
/** Returns a scope without its resource server, which is an identifier or a reference to one. */
export const withoutServerId = (name: string): string => name.replace(/^.*\//, '');
