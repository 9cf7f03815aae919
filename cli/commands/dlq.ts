import { parseArgs } from 'node:util';
import { resolveConnection, UserError } from '../client/connection.ts';
import { discardMessages, explainMessages, listQueues, redriveMessages } from '../dead-letters.ts';
import { runCommand } from '../run-command.ts';

const USAGE = `usage: npm run dlq -- list
       npm run dlq -- explain [QUEUE]
       npm run dlq -- redrive QUEUE [--dry-run] [--id MESSAGE_ID ... [--verdict useful|harmless|superseded]]
       npm run dlq -- discard QUEUE [--dry-run] (--id MESSAGE_ID ... | --all)
each with [--url URL] [--token TOKEN]`;

runCommand(async () => {
  const { command, queue, url, token, ids, isDryRun, isAll, verdict } = argumentsOf();
  const where = await resolveConnection({ url, token });
  switch (command) {
    case 'list':
      return listQueues(where);
    case 'explain':
      return explainMessages(where, queue);
    case 'redrive':
      return redriveMessages(where, requireQueue(queue), { ids, isDryRun, verdict });
    case 'discard':
      if (ids === undefined && !isAll) throw new UserError(`discard what: --id or --all\n${USAGE}`);
      return discardMessages(where, requireQueue(queue), { ids, isDryRun });
    default:
      throw new UserError(USAGE);
  }
});

function requireQueue(queue: string | undefined): string {
  if (queue === undefined) throw new UserError(`of which queue?\n${USAGE}`);
  return queue;
}

function argumentsOf() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        token: { type: 'string' },
        id: { type: 'string', multiple: true },
        all: { type: 'boolean' },
        verdict: { type: 'string', default: 'useful' },
        'dry-run': { type: 'boolean' },
      },
    });
    const [command, queue, ...others] = positionals;
    if (others.length > 0) throw new Error(`one queue at a time, not also ${others.join(' ')}`);
    const { url, token, id: ids, verdict } = values;
    return {
      command,
      queue,
      url,
      token,
      ids,
      isAll: values.all ?? false,
      isDryRun: values['dry-run'] ?? false,
      verdict,
    };
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
}
