/** What somebody may do while it runs; the requests work after the story and without it. */
export const nextSteps = (api: string): string => `
Stockbook is up on ${api}. Ctrl-C stops it; logs are in .local/logs/.
In another terminal, a token, and three requests to copy:

  STAFF=$(npm run -s stockbook -- token staff); ALICE=$(npm run -s stockbook -- token customer alice)

  curl -s -X PUT ${api}/products/mug -H "Authorization: Bearer $STAFF" -H 'Content-Type: application/json' \\
    -d '{"name": "Mug", "unitPrice": {"amount": 950, "currency": "EUR"}}'

  curl -s -X POST ${api}/stock/mug/receipts -H "Authorization: Bearer $STAFF" -H 'Content-Type: application/json' \\
    -H "Idempotency-Key: mugs-$(date +%s)" -d '{"quantity": 5, "createSku": true}'

  curl -s -X POST ${api}/orders -H "Authorization: Bearer $ALICE" -H 'Content-Type: application/json' \\
    -H "Idempotency-Key: order-$(date +%s)" -d '{"lines": [{"sku": "mug", "quantity": 2}]}'
`;
