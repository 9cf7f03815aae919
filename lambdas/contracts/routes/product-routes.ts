import { ProductPath, ProductView, PutProductRequest } from '../api/orders.ts';
import { ListQuery, pageOf } from '../primitives.ts';
import type { Route } from './route.ts';

export const putProduct = {
  context: 'orders',
  method: 'PUT',
  path: '/products/{sku}',
  access: 'orders.manage',
  summary: 'Set the name and the price of a product',
  params: ProductPath,
  body: PutProductRequest,
  responses: { 200: { description: 'The product', schema: ProductView } },
} as const satisfies Route;

export const listProducts = {
  context: 'orders',
  method: 'GET',
  path: '/products',
  access: 'orders',
  summary: 'List the products',
  query: ListQuery,
  responses: { 200: { description: 'A page', schema: pageOf(ProductView) } },
} as const satisfies Route;

/** A route accepts the tokens of one class of callers, so each class has a list of products. */
export const listStaffProducts = {
  ...listProducts,
  path: '/staff/products',
  access: 'orders.manage',
  summary: 'List the products, for staff',
} as const satisfies Route;
