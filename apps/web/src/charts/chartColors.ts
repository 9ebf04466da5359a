/** Colours of the style sheet that charts use. */
export type ChartColor = '--series-1' | '--series-2' | '--series-3' | '--series-4' | '--series-5' | '--series-6' | '--ice' | '--thaw' | '--bad' | '--grid' | '--faint' | '--line-strong';

/** What a colour is in the theme that is shown now: a canvas knows no variables. */
export function resolveColor(color: ChartColor, element: HTMLElement): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${color})`;
  element.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}
