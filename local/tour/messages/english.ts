import { QUANTITIES } from '../../demo/stock-table.ts';
import type { Messages } from './message-types.ts';

export const english: Messages = {
  labels: {
    scene: (number, title) => `Scene ${number}. ${title}`,
    question: 'Question',
    failure: 'Failure',
    naive: 'Naive shop',
    mechanism: 'Mechanism',
    payment: 'payment',
    next: 'Press Enter for the next scene.',
    summary: 'All scenes',
    passed: 'as shown',
    columns: ['scene', 'title', 'result'],
  },
  balances: QUANTITIES,
  orders: 'orders',
  inventory: 'inventory',
  naiveShop: {
    title: 'A naive shop',
    question: 'What happens when a call fails in the middle of an order?',
    failure: 'One purchase at a time meets one of six failures, in a shop that runs in memory.',
    mechanism:
      'It reads, charges and writes in three steps, and nothing connects them. The next scenes show the same failures on Stockbook.',
    heading: ['failure', 'units left', 'units sold', 'payments kept'],
    twoBuyers: '1 unit, two buyers at once',
    chargeResponseLost: '1 unit, response to a charge lost',
    crashAfterCharge: '1 unit, crash after the charge',
    leavesCheckout: '1 unit, customer leaves checkout',
    refundUnavailable: '1 unit, cancelled while refunds fail',
    twoDeliveries: '0 units, deliveries of 2 and 3 at once',
  },
  oneOwner: {
    title: 'One owner of each count',
    question: 'Who may change a count?',
    failure: 'A customer posts a receipt. A caller without a signature reserves units.',
    mechanism:
      'Only inventory changes a count; the policies of its table deny writes to everybody else.',
    naive: (stock) =>
      `Two services write the count. Deliveries of 2 and 3 units arrive at once, and the count is ${stock}.`,
    attempts: ['attempt', 'status'],
    receiptOfCustomer: 'receipt, sent by a customer',
    unsignedReservation: 'reservation, without a signature',
    products: ['service', 'its product'],
  },
  whenCountsFall: {
    title: 'When counts fall',
    question: 'At which moment does the number of units fall?',
    failure: 'None: the way of one unit.',
    mechanism:
      'What may be sold falls with the hold. What is on the shelf falls with the shipment, and is what a physical count is compared with.',
    naive:
      'It has one number. Between the order and the shipment, that number and the shelf differ, so no count of the shelf can be checked.',
    moment: 'moment',
    movement: 'movement',
    received: '3 units are received',
    reserved: 'an order holds 1',
    confirmed: 'the order is confirmed',
    shipped: 'the order is shipped',
  },
  reserveFirst: {
    title: 'Reserve first',
    question: 'Can a customer pay for a unit that is not there?',
    failure: 'Two buyers order the last unit at the same time.',
    mechanism:
      'A conditional write holds the unit for one buyer before anybody is asked to pay; the other is rejected at once.',
    naive: (sold, stock) => `It sold ${sold} units and has ${stock} left.`,
    rejected: (status, code) => `One buyer holds it. The other gets ${status} ${code}.`,
  },
  abandonedCheckout: {
    title: 'A customer leaves',
    question: 'Who gives back the units of a customer who does not pay?',
    failure: 'A customer orders 2 units and does not pay.',
    mechanism:
      'A hold is a quantity until a time. After it, the units count as available although nothing was written.',
    naive: (stock) => `The customer left, and ${stock} units are for sale until staff notice.`,
    waits: (expiresAt) => `The hold ends at ${expiresAt}. Nothing is scheduled.`,
    returned: (movements) =>
      `The units are available again. The books still have ${movements} movements: nothing ran.`,
  },
  lostResponse: {
    title: 'A response is lost',
    question: 'What if the network fails after the work was done?',
    failure:
      'The same order is sent twice, and then the response to the authorization of its payment is lost.',
    mechanism:
      'Each request has a key, so a repeated one returns the first result; the saga looks up what became of a payment before it repeats it.',
    naive: (charges) => `It charged ${charges} times for one unit.`,
    sentTwice: (first, again) => `first:  ${first}\nagain:  ${again}`,
    chargedOnce: 'One payment attempt, and the count fell once.',
  },
  failingInventory: {
    title: 'Inventory fails',
    question: 'What if the service that takes the units is down?',
    failure: 'Inventory fails twice to process the confirmed order.',
    mechanism:
      'The confirmed order is a message in a queue. It is delivered until inventory has processed it, and a repeated delivery changes nothing twice.',
    naive: (charges, sold) =>
      `It called inventory once and crashed: ${charges} payment, ${sold} units taken out of the count.`,
    failed: (delivery) => `delivery ${delivery}: failed`,
    succeeded: (delivery) => `delivery ${delivery}: processed`,
  },
  compensation: {
    title: 'The unit is gone',
    question: 'What if the stock finally cannot be taken?',
    failure:
      'After the payment was authorized, the hold is taken away, and another customer gets the unit.',
    mechanism:
      'A saga undoes what was done: it voids or refunds the payment and releases the stock, each independently of the other.',
    naive: (charges, sold) => `It keeps ${charges} payment for ${sold} units.`,
    taken: (orderId, otherOrderId) =>
      `${orderId} was confirmed and has lost its hold.\n${otherOrderId} holds the unit now.`,
    compensated: 'The order is cancelled, and no money was taken.',
  },
  failingRefund: {
    title: 'The refund fails too',
    question: 'What if the compensation fails?',
    failure: 'A completed order is cancelled, and each attempt to refund it fails.',
    mechanism:
      'A saga that cannot compensate stops in NEEDS_ATTENTION and raises an alarm; the other half of the compensation is not held up.',
    naive: (payments) =>
      `The error is in a log: the order is cancelled, and the shop keeps ${payments} payment.`,
    retried: 'The saga repeats the refund five times, which takes half a minute.',
    needsAttention: (reason) => `The units are back. The order waits for a person: ${reason}`,
    resumed: 'The refund works again, and staff resumed the order.',
  },
  writtenDrift: {
    title: 'A count is changed by hand',
    question: 'What if a count is wrong all the same?',
    failure: 'An operator adds 2 units to a balance in DynamoDB.',
    mechanism:
      'A reconciliation compares each balance with the sum of its movements, reports a finding with its reason, and repairs it on approval.',
    naive: 'It has one number and nothing to compare it with.',
    found: ({ kind, explanation }) => `${kind}: ${explanation}`,
    alert: (title, runbook) => `Alert: ${title}${runbook === undefined ? '' : ` (${runbook})`}`,
    repaired: (movement) => `A person approved the repair. It is a movement too: ${movement}.`,
  },
  physicalCount: {
    title: 'The shelf is counted',
    question: 'What if the shelf and the books differ?',
    failure: 'The shelf has 1 unit fewer, and at a second count 37 more.',
    mechanism:
      'A count within the tolerance is posted as a movement as of its time; any other one waits for the approval of a person.',
    naive: 'It would set the number to the count, and lose what was sold during the count.',
    heading: ['', 'expected', 'counted', 'difference', 'status'],
    count: 'count',
    waitsForApproval: (findingId) => `${findingId} waits for a person, who dismisses it here.`,
  },
  automaticRepair: {
    title: 'Repairs at night',
    question: 'Can it repair itself?',
    failure: 'With automatic repairs, 2 units are added to one balance and 50 to another.',
    mechanism:
      'With autoRepair, a run repairs differences within limits of units by itself and leaves all others to a person.',
    naive: 'It cannot tell a wrong number from a right one.',
    left: 'The 2 units are repaired; the 50 are above the limit of 10 and wait for a person.',
  },
  twoLocations: {
    title: 'Two locations',
    question: 'May an order be larger than the stock of one location?',
    failure: 'A customer orders 7 units. The warehouse has 5, and so has the shop.',
    mechanism:
      'The transaction that holds the units also chooses their locations: one that has all of them, or else as few as possible.',
    naive: (first, second) =>
      `It adds both counts, sells 7, and takes them from the first place: ${first} and ${second}.`,
    shop: 'Shop',
    moment: 'available',
    inAll: 'in all',
    received: '5 units are received at each',
    ordered: (quantity) => `an order holds ${quantity}`,
    rejected: (status, code) => `An order of 4 more gets ${status} ${code}.`,
  },
  booksAgree: {
    title: 'In the end, the books agree',
    question: 'How do we know that nothing drifted?',
    failure: 'All of the above.',
    mechanism:
      'A reconciliation compares balances with movements, and orders with reservations and payments.',
    heading: ['records', 'checked'],
    noFindings: 'Nothing differs: 0 findings.',
  },
};
