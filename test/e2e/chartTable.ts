import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

/** The values that a chart has, by way of the file that it saves: a row for each place on its axis. Null where there is no value. */
export async function chartTable(page: Page, title: string): Promise<(number | null)[][]> {
  await page.getByRole('button', { name: `Save “${title}” as a file` }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'Values (CSV)' }).click()]);
  const [, ...rows] = readFileSync(await download.path(), 'utf8').trimEnd().split('\r\n');
  return rows.map((row) => row.split(',').map((cell) => (cell === '' ? null : Number(cell))));
}
