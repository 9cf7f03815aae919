/**
 * Returns what the user can do next. The requests work with and without the demo.
 *
 * @param hasOrders whether the stage has orders and products
 */
export const nextSteps = (api: string, hasOrders: boolean): string => `
Stockbook serves on ${api}. Ctrl-C stops it; logs are in .local/logs/, alerts in .local/alerts/.
Requests to copy into another terminal, with tokens:
${hasOrders ? orderRequests(api) : stockRequests(api)}`;

const orderRequests = (api: string): string => `
  STAFF=$(npm run -s stockbook -- token staff); ALICE=$(npm run -s stockbook -- token customer alice)

  curl -s -X PUT ${api}/products/mug -H "Authorization: Bearer $STAFF" -H 'Content-Type: application/json' \\
    -d '{"name": "Mug", "unitPrice": {"amount": 950, "currency": "EUR"}}'

${receiptRequest(api)}

  curl -s -X POST ${api}/orders -H "Authorization: Bearer $ALICE" -H 'Content-Type: application/json' \\
    -H "Idempotency-Key: order-$(date +%s)" -d '{"lines": [{"sku": "mug", "quantity": 2}]}'
`;

const stockRequests = (api: string): string => `
  STAFF=$(npm run -s stockbook -- token staff)

${receiptRequest(api)}

  curl -s ${api}/stock/mug -H "Authorization: Bearer $STAFF"

This stage has no orders (-c orders=false). Your order system calls the service routes of
docs/openapi/openapi.json.
`;

const receiptRequest = (
  api: string,
): string => `  curl -s -X POST ${api}/stock/mug/receipts -H "Authorization: Bearer $STAFF" -H 'Content-Type: application/json' \\
    -H "Idempotency-Key: mugs-$(date +%s)" -d '{"quantity": 5, "createSku": true}'`;
