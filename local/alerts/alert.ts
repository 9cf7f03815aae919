import { formatTime, indent, yellow } from '../terminal/style.ts';

/** One notification that AWS would send by the alarm topic. */
export type Alert = {
  /** Time at which it was raised, in ISO format. */
  readonly at: string;
  /** `event`: a rule sends an event to a topic. `alarm`: a metric reached an alarm's threshold. */
  readonly kind: 'event' | 'alarm';
  /** Type of the event, or the alarm's id in its stack. */
  readonly title: string;
  readonly text: string;
  /** Page of the runbook that the text names, as `docs/runbook/<page>.md`. */
  readonly runbook?: string;
};

const RUNBOOK_PAGE = /docs\/runbook\/[\w-]+\.md/;

export function createAlert(kind: Alert['kind'], title: string, text: string): Alert {
  const runbook = RUNBOOK_PAGE.exec(text)?.[0];
  return {
    at: new Date().toISOString(),
    kind,
    title,
    text,
    ...(runbook === undefined ? {} : { runbook }),
  };
}

/** Returns the lines that `npm start` prints. The time is local and has its zone. */
export function formatAlert({ at, title, text, runbook }: Alert): string {
  const see = runbook === undefined ? '' : `See ${runbook}`;
  const body = see === '' ? text : text.replace(`${see}.`, '');
  const lines = [...body.split('\n').map((line) => line.trim()), see];
  const shown = lines.filter((line) => line !== '').join('\n');
  return `${yellow(`ALERT ${title}`)}, ${formatTime(at)}\n${indent(shown)}`;
}
