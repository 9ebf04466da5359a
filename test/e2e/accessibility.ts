import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** What axe finds wrong with a page as it is now, for an empty list to be expected of it: `rule: elements`. Of all its rules, or of some. */
export async function barriers(page: Page, rules: readonly string[] = []): Promise<string[]> {
  // What is fading in has colours of its own.
  await page.evaluate('Promise.all(document.getAnimations().filter((one) => one.effect?.getTiming().iterations !== Infinity).map((one) => one.finished.catch(() => undefined)))');
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe.source);
  const { violations } = await page.evaluate<{ violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[] }>(
    `axe.run(${rules.length === 0 ? '' : JSON.stringify({ runOnly: rules })})`,
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(' ')} (${failureSummary})`).join('; ')}`);
}
