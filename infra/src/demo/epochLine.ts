import type { EpochRecord } from '@thaw/contract/events';
import { formatAccuracy, formatDuration, formatLoss, formatRate, formatSpeed } from './formatNumbers.ts';

/** Width from which all lines have the learning rate: a column that comes and goes would be hard to read. */
const roomForRate = 116;

/**
 * One line for an epoch that is complete: train, validation and test as far as they were measured.
 * @param columns width of the terminal: a line that does not fit is written shorter
 * @param start what epoch 0 shows, such as `pretrained, not fine-tuned`
 */
export function epochLine(record: EpochRecord, epochs: number, start: string, columns: number): string {
  const { epoch, phase, learningRate, imagesPerSecond, seconds } = record;
  const number = `${String(epoch).padStart(String(epochs).length)}/${epochs}`;
  const rate = learningRate === null ? [] : [`lr ${formatRate(learningRate)}`];
  const speed = imagesPerSecond === null ? [] : [`${formatSpeed(imagesPerSecond)} images/s`];
  const figures = measured(record, 4).map(({ part, loss, accuracy }) => `${part} loss ${loss}, ${accuracy}`);
  const begin = [`epoch ${number}`, epoch === 0 ? start : phase.padEnd(6), ...figures];
  const rich = [...begin, ...(columns < roomForRate ? [] : rate), ...speed, formatDuration(seconds)].join('  ');
  if (rich.length < columns) return rich;

  const shortFigures = measured(record, 2).map(({ part, loss, accuracy }) => `${part} ${loss} ${accuracy.replace(' ', '')}`);
  return [`${number} ${epoch === 0 ? 'start' : phase}`, ...shortFigures, ...speed.map((text) => text.replace(' images', '')), formatDuration(seconds)].join(' ');
}

function measured(record: EpochRecord, decimals: number): { part: string; loss: string; accuracy: string }[] {
  return (['train', 'val', 'test'] as const).flatMap((part) => {
    const loss = record[`${part}Loss`];
    return loss === null ? [] : [{ part, loss: formatLoss(loss, decimals), accuracy: formatAccuracy(record[`${part}Accuracy`]) }];
  });
}
