import { seaweedfsPortNames, type SeaweedfsPorts } from './seaweedfs.ts';

export interface StackPorts {
  dashboard: number;
  api: number;
  postgres: number;
  seaweedfs: SeaweedfsPorts;
}

/** How many ports in a row a stack may use. */
export const portCount = 3 + seaweedfsPortNames.length;

/** The ports of a stack whose first is `first`: dashboard, API, PostgreSQL, S3, and the inner ones of SeaweedFS. */
export function stackPorts(first: number): StackPorts {
  const seaweedfs = Object.fromEntries(seaweedfsPortNames.map((name, i) => [name, first + 3 + i])) as SeaweedfsPorts;
  return { dashboard: first, api: first + 1, postgres: first + 2, seaweedfs };
}

/** What each port is for, for the check before the start. Only those of parts that this stack starts itself. */
export function portPurposes(ports: StackPorts, parts: { postgres: boolean; storage: boolean; dashboard: boolean }): Map<number, string> {
  const purposes = new Map([[ports.api, 'the API']]);
  if (parts.dashboard) purposes.set(ports.dashboard, 'the dashboard');
  if (parts.postgres) purposes.set(ports.postgres, 'PostgreSQL');
  if (parts.storage) for (const [name, port] of Object.entries(ports.seaweedfs)) purposes.set(port, name === 's3' ? 'the S3 server' : `the S3 server (${name})`);
  return purposes;
}
