import { parseArgs } from 'node:util';
import { Usage, whereFrom } from '../client/where.ts';
import { discard, explain, list, redrive } from '../dead-letters.ts';
import { ended } from '../run.ts';

const USAGE = `usage: npm run dlq -- list
       npm run dlq -- explain [QUEUE]
       npm run dlq -- redrive QUEUE [--dry-run] [--id MESSAGE_ID ... [--verdict useful|harmless|superseded]]
       npm run dlq -- discard QUEUE [--dry-run] (--id MESSAGE_ID ... | --all)
each with [--url URL] [--token TOKEN]`;

ended(async () => {
  const { command, queue, url, token, ids, isDry, isAll, verdict } = argumentsOf();
  const where = await whereFrom({ url, token });
  switch (command) {
    case 'list':
      return list(where);
    case 'explain':
      return explain(where, queue);
    case 'redrive':
      return redrive(where, needed(queue), { ids, isDry, verdict });
    case 'discard':
      if (ids === undefined && !isAll) throw new Usage(`discard what: --id or --all\n${USAGE}`);
      return discard(where, needed(queue), { ids, isDry });
    default:
      throw new Usage(USAGE);
  }
});

function needed(queue: string | undefined): string {
  if (queue === undefined) throw new Usage(`of which queue?\n${USAGE}`);
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
      isDry: values['dry-run'] ?? false,
      verdict,
    };
  } catch (fault) {
    throw new Usage(`${fault instanceof Error ? fault.message : fault}\n${USAGE}`);
  }
}
