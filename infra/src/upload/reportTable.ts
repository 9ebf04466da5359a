import type { Dataset } from '@thaw/contract/datasets';
import type { Remedy, ReportEntry } from '@thaw/contract/report';
import { formatCount } from '../demo/formatNumbers.ts';
import { wrap } from '../demo/wrap.ts';
import { displayWidth, padEnd } from './displayWidth.ts';

const mostClasses = 30;
const mostFiles = 3;
const order = ['error', 'warning', 'info'] as const;

/** What a data set has become: classes, parts, and its report, the gravest first. */
export function reportTable({ classes, splits, report }: Pick<Dataset, 'classes' | 'splits' | 'report'>, columns: number): string[] {
  const images = splits.map((one) => `${formatCount(one.images)} ${one.split}`).join(' + ');
  const sorted = order.flatMap((severity) => report.filter((entry) => entry.severity === severity));
  return [
    `${formatCount(classes.length)} class${classes.length === 1 ? '' : 'es'}, ${images} images`,
    ...classTable(classes),
    ...(sorted.length === 0 ? [] : ['', ...sorted.flatMap((entry) => entryLines(entry, columns))]),
  ];
}

function classTable(classes: Dataset['classes']): string[] {
  const shown = classes.slice(0, mostClasses);
  const width = Math.max(...shown.map(({ name }) => displayWidth(name)), 0);
  const rows = shown.map(({ name, count }) => `  ${padEnd(name, width)}  ${formatCount(count).padStart(9)}`);
  return classes.length > shown.length ? [...rows, `  and ${classes.length - shown.length} more`] : rows;
}

function entryLines({ severity, code, count, message, remedy, files }: ReportEntry, columns: number): string[] {
  const more = count > mostFiles ? ', ...' : '';
  return [
    ...wrap(`${severity.padEnd(7)}  ${formatCount(count).padStart(6)}  ${code}: ${message}`, columns),
    ...(files.length === 0 ? [] : [`${' '.repeat(17)}${files.slice(0, mostFiles).join(', ')}${more}`]),
    ...(remedy === null ? [] : [`${' '.repeat(17)}remedy: ${remedy}`]),
  ];
}

/** How to apply the remedies that a report offers, as a command for a terminal; null where there are none. */
export function remedyCommand({ id, report }: Pick<Dataset, 'id' | 'report'>, url: string): string[] | null {
  const remedies: Remedy[] = [...new Set(report.flatMap(({ remedy }) => remedy ?? []))];
  if (remedies.length === 0) return null;
  return [
    'Remedies make a new version; leave out those that you do not want:',
    `  curl -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \\`,
    `    -d '${JSON.stringify({ remedies })}' ${url}/v1/datasets/${id}/versions`,
  ];
}
