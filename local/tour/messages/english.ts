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
  balances: ['on hand', 'available', 'held', 'committed'],
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
    naive: (stock) => `The customer left, and ${stock} units are for sale until somebody notices.`,
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
  physicalCount: {
    title: 'The shelf is counted',
    question: 'What if the shelf and the books differ?',
    failure: 'The shelf has 1 unit fewer, and at a second count 37 more.',
    mechanism:
      'A count within the tolerance is posted as a movement as of its time; any other one waits for the approval of a person.',
    naive: 'It would set the number to the count, and lose what was sold while somebody counted.',
    heading: ['', 'expected', 'counted', 'difference', 'status'],
    count: 'count',
    waitsForApproval: (findingId) => `${findingId} waits for a person, who dismisses it here.`,
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
