import path from 'node:path';
import { buildGoProgram } from './goProgram.ts';
import { readSetupPaths } from './setupPaths.ts';

/** Apache-2.0. Only tests use it: they render and install the chart. */
const helmVersion = 'v3.19.2';

/**
 * Helm of this version, built with Go into the cache where it is not there yet (minutes).
 * @throws StackError where there is no Go or the build fails
 */
export const provideHelm = (log: (line: string) => void): string =>
  buildGoProgram(
    {
      title: 'Helm',
      source: 'helm.sh/helm/v3/cmd/helm',
      version: helmVersion,
      target: path.join(readSetupPaths().cache, `helm-${helmVersion.slice(1)}`, 'helm'),
      advice: ', or put one of that version there',
      takes: 'two minutes',
    },
    log,
  );
