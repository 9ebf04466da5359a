import { repositoryRoot } from '@thaw/infra/stack/setupPaths';
import { globSync } from 'node:fs';
import path from 'node:path';

export interface DashboardPage {
  /** As its folder says it: `/runs/[id]/report`. */
  route: string;
  /** For who is not signed in. */
  open: boolean;
}

/** Every page of the dashboard, by the folders of its sources, so that a new one is not forgotten; without the one that only leads elsewhere. */
export function dashboardPages(): DashboardPage[] {
  const files = globSync('**/page.tsx', { cwd: path.join(repositoryRoot, 'apps/web/src/app') });
  return files
    .map((file) => path.dirname(file))
    .filter((folder) => folder !== '.')
    .map((folder) => ({ route: `/${folder.replaceAll(/\([^)]*\)\//g, '')}`, open: folder.startsWith('(auth)') }))
    .sort((a, b) => a.route.localeCompare(b.route));
}
