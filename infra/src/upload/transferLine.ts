import type { TransferMeter } from '@thaw/archive/transferMeter';
import { drawBar } from '../demo/liveLine.ts';
import { formatBytes, formatClock } from '../demo/formatNumbers.ts';

/** Such as `sending ███░░  45 %  450.0 MB of 1.0 GB  52.1 MB/s  ETA 0:11`; without the bar in a file and where the terminal is narrow. */
export function transferLine(meter: TransferMeter, verb: string, now: number, columns: number | null): string {
  const { bytes, total } = meter;
  const [speed, left] = [meter.speed(now), meter.secondsLeft(now)];
  const fraction = total === 0 ? 1 : bytes / total;
  const percent = `${String(Math.floor(100 * fraction)).padStart(3)} %`;
  const eta = left === null ? null : `ETA ${formatClock(left)}`;
  const rate = speed === null ? null : `${formatBytes(Math.round(speed))}/s`;
  const tail = [percent, `${formatBytes(bytes)} of ${formatBytes(total)}`, rate, eta].filter((part) => part !== null).join('  ');
  if (columns === null) return `${verb} ${tail.trim()}`;
  const width = Math.min(40, columns - 3 - verb.length - tail.length - 3);
  return (width >= 10 ? `${verb} ${drawBar(fraction, width)}  ${tail}` : `${verb} ${tail}`).slice(0, Math.max(20, columns - 3));
}
