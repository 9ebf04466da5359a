import type { EpochRecord } from '@thaw/contract/events';
import { formatAccuracy, formatLoss, formatRate, formatSpeed } from './formatNumbers.ts';

interface Column {
  title: string;
  cell: (record: EpochRecord) => string;
  left?: true;
}

const parts = ['train', 'val', 'test'] as const;

const wide: readonly Column[] = [
  { title: 'epoch', cell: ({ epoch }) => String(epoch) },
  { title: 'phase', cell: ({ phase }) => phase, left: true },
  { title: 'lr', cell: ({ learningRate }) => formatRate(learningRate) },
  ...parts.flatMap((part): Column[] => [
    { title: `${part} loss`, cell: (record) => formatLoss(record[`${part}Loss`]) },
    { title: `${part} acc`, cell: (record) => formatAccuracy(record[`${part}Accuracy`]) },
  ]),
  { title: 'images/s', cell: ({ imagesPerSecond }) => formatSpeed(imagesPerSecond) },
  { title: 'seconds', cell: ({ seconds }) => seconds.toFixed(1) },
];

const narrow: readonly Column[] = [
  { title: 'ep', cell: ({ epoch }) => String(epoch) },
  { title: 'phase', cell: ({ phase }) => phase.replace('initial', 'start'), left: true },
  { title: 'lr', cell: ({ learningRate }) => formatRate(learningRate) },
  ...parts.map((part): Column => ({
    title: part,
    cell: (record) => {
      const [loss, accuracy] = [record[`${part}Loss`], record[`${part}Accuracy`]];
      return loss === null ? '-' : `${formatLoss(loss, 2)} ${accuracy === null ? '-' : (100 * accuracy).toFixed(1)}`;
    },
  })),
  { title: 'img/s', cell: ({ imagesPerSecond }) => formatSpeed(imagesPerSecond) },
  { title: 's', cell: ({ seconds }) => seconds.toFixed(0) },
];

/** The epochs of a run as a table, epoch 0 (before any training) first. In a narrow terminal loss and accuracy share a column. */
export function resultTable(epochs: readonly EpochRecord[], columns: number): string[] {
  const choices = [layOut(wide, epochs, '  '), layOut(wide, epochs, ' ')];
  return choices.find(([title = '']) => title.length < columns) ?? [...layOut(narrow, epochs, ' '), 'train, val, test: loss and accuracy in %'];
}

function layOut(columns: readonly Column[], records: readonly EpochRecord[], gap: string): string[] {
  const texts = columns.map(({ title, cell }) => [title, ...records.map(cell)]);
  const widths = texts.map((column) => Math.max(...column.map((text) => text.length)));
  const row = (index: number): string =>
    columns.map(({ left }, i) => {
      const [text = '', width = 0] = [texts[i]?.[index], widths[i]];
      return left ? text.padEnd(width) : text.padStart(width);
    }).join(gap);
  const rule = widths.map((width) => '─'.repeat(width)).join(gap);
  return [row(0), rule, ...records.map((_, i) => row(i + 1))];
}
