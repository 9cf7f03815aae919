import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export const JAVA_VERSION_MIN = 17;

/** Returns undefined when DynamoDB Local can run here, or else one line with the action to take. */
export async function findJavaError(command = 'java'): Promise<string | undefined> {
  const requirement = `DynamoDB Local needs Java ${JAVA_VERSION_MIN} or later`;
  const remedy =
    'Install it (e.g. from https://adoptium.net) so that `java -version` works, and start again.';
  let output: string;
  try {
    // Java writes its version to standard error. Of several versions, the first one on the path is
    // used.
    output = (await promisify(execFile)(command, ['-version'])).stderr;
  } catch {
    return `${requirement}, and there is no working \`java\` here. ${remedy}`;
  }
  const version = /version "(?:1\.)?(\d+)/.exec(output)?.[1];
  if (version !== undefined && Number(version) >= JAVA_VERSION_MIN) return undefined;
  return `${requirement}; this is Java ${version ?? 'of an unknown version'}. ${remedy}`;
}
