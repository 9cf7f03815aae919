/** Returns what the user can do next. The requests work with and without the demo. */
export const nextSteps = (api: string): string => `
Stockbook serves on ${api}. Ctrl-C stops it; logs are in .local/logs/, alerts in .local/alerts/.
Requests to copy into another terminal, with tokens:

  STAFF=$(npm run -s stockbook -- token staff); ALICE=$(npm run -s stockbook -- token customer alice)

  curl -s -X PUT ${api}/products/mug -H "Authorization: Bearer $STAFF" -H 'Content-Type: application/json' \\
    -d '{"name": "Mug", "unitPrice": {"amount": 950, "currency": "EUR"}}'

  curl -s -X POST ${api}/stock/mug/receipts -H "Authorization: Bearer $STAFF" -H 'Content-Type: application/json' \\
    -H "Idempotency-Key: mugs-$(date +%s)" -d '{"quantity": 5, "createSku": true}'

  curl -s -X POST ${api}/orders -H "Authorization: Bearer $ALICE" -H 'Content-Type: application/json' \\
    -H "Idempotency-Key: order-$(date +%s)" -d '{"lines": [{"sku": "mug", "quantity": 2}]}'
`;
