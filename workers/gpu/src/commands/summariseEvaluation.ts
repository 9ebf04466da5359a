import type { Evaluation } from '@thaw/contract/evaluation';
import { aligned } from './aligned.ts';

const percent = (fraction: number | null): string => (fraction === null ? '-' : `${(100 * fraction).toFixed(1)} %`);
const decimals = (value: number | string): string => (typeof value === 'number' ? value.toFixed(4) : value);

/** An evaluation as a few lines and a table of the classes, for a terminal. */
export function summariseEvaluation({ evaluated, loss, top1, top5, macro, calibration, classes, confusion }: Evaluation): string {
  const { part, images, epoch, step, monitor } = evaluated;
  const rows = classes.map(({ name, support, precision, recall, f1 }, index) => [
    name,
    String(support),
    percent(precision),
    percent(recall),
    percent(f1),
    confusedWith(confusion[index] as number[], index, classes),
  ]);
  return [
    `Checkpoint of epoch ${epoch} (step ${step}) on ${images} images of the ${part} part${monitor === part ? ', by which its run was steered' : ''}:`,
    `loss ${decimals(loss)}, top-1 ${percent(top1)}${top5 === null ? '' : `, top-5 ${percent(top5)}`}, macro F1 ${percent(macro.f1)}, calibration error ${decimals(calibration.ece)}`,
    '',
    ...aligned([['class', 'images', 'precision', 'recall', 'F1', 'most often taken for'], ...rows]),
  ].join('\n');
}

function confusedWith(row: readonly number[], own: number, classes: Evaluation['classes']): string {
  const most = row.reduce((best, images, index) => (index !== own && images > (row[best] ?? 0) ? index : best), -1);
  return most === -1 ? '' : `${classes[most]?.name} (${row[most]})`;
}
