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

const TIME_FORMAT = {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
} as const;

/** Returns the lines that `npm start` prints. The time is local and has its zone. */
export function formatAlert({ at, title, text, runbook }: Alert): string {
  const time = new Date(at).toLocaleTimeString('en-GB', TIME_FORMAT);
  const see = runbook === undefined ? undefined : `See ${runbook}`;
  const lines = text
    .replace(`${see}.`, '')
    .split('\n')
    .map((line) => line.trim());
  return [`ALERT ${title}, ${time}`, ...lines, see]
    .filter((line) => line !== undefined && line !== '')
    .map((line, index) => (index === 0 ? line : `   ${line}`))
    .join('\n');
}
