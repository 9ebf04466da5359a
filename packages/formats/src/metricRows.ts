import { phase, type Phase } from '@thaw/contract/events';
import { FormatError } from './formatError.ts';

/** One optimiser step. Losses in nats, not-finite ones as JavaScript has them; accuracy a fraction, null where it was not told. */
export interface MetricRow {
  /** Its place among the steps of the run, from 0. */
  index: number;
  step: number;
  epoch: number;
  phase: Phase;
  /** When it was told, seconds since 1970. */
  time: number;
  loss: number;
  learningRate: number;
  accuracy: number | null;
}

const rowBytes = 41;

/** Little-endian rows of 41 bytes: index, step, epoch, time as u32; loss, learning rate, accuracy (NaN: none) as f64; phase as u8. */
export function packMetricRows(rows: readonly MetricRow[]): Uint8Array {
  const bytes = new Uint8Array(rows.length * rowBytes);
  const view = new DataView(bytes.buffer);
  rows.forEach((row, at) => {
    const start = at * rowBytes;
    view.setUint32(start, row.index, true);
    view.setUint32(start + 4, row.step, true);
    view.setUint32(start + 8, row.epoch, true);
    view.setUint32(start + 12, row.time, true);
    view.setFloat64(start + 16, row.loss, true);
    view.setFloat64(start + 24, row.learningRate, true);
    view.setFloat64(start + 32, row.accuracy ?? NaN, true);
    view.setUint8(start + 40, phase.options.indexOf(row.phase));
  });
  return bytes;
}

/** @throws FormatError where the bytes are not whole rows */
export function unpackMetricRows(bytes: Uint8Array): MetricRow[] {
  if (bytes.length % rowBytes !== 0) throw new FormatError(`Packed metrics come in rows of ${rowBytes} bytes; these are ${bytes.length}.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / rowBytes }, (_, at) => {
    const start = at * rowBytes;
    const accuracy = view.getFloat64(start + 32, true);
    const known = phase.options[view.getUint8(start + 40)];
    if (known === undefined) throw new FormatError('Packed metrics name a phase that is not known.');
    return {
      index: view.getUint32(start, true),
      step: view.getUint32(start + 4, true),
      epoch: view.getUint32(start + 8, true),
      time: view.getUint32(start + 12, true),
      loss: view.getFloat64(start + 16, true),
      learningRate: view.getFloat64(start + 24, true),
      accuracy: Number.isNaN(accuracy) ? null : accuracy,
      phase: known,
    };
  });
}
