import { TransferMeter } from '@thaw/archive/transferMeter';
import { expect, it } from 'vitest';
import { transferLine } from '../../src/upload/transferLine.ts';

it('says how far a transfer is, how fast of late, and when it will be done', () => {
  const meter = new TransferMeter(1_000_000_000, 400_000_000, 0);
  expect(transferLine(meter, 'sending', 0, 120)).toBe(`sending ${'█'.repeat(16)}${'░'.repeat(24)}   40 %  400.0 MB of 1.0 GB`);
  meter.set(450_000_000, 1000);
  expect(transferLine(meter, 'sending', 1000, 100)).toContain('45 %  450.0 MB of 1.0 GB  50.0 MB/s  ETA 0:11');
  expect(transferLine(meter, 'sending', 1000, 60)).toBe('sending  45 %  450.0 MB of 1.0 GB  50.0 MB/s  ETA 0:11');
  // What went fast at the start is forgotten; what did before this transfer never counted.
  for (let second = 2; second <= 40; second++) meter.set(450_000_000 + second * 1_000_000, second * 1000);
  expect(meter.speed(40_000)).toBeCloseTo(1_000_000, -3);
  meter.set(440_000_000, 41_000);
  expect(transferLine(meter, 'sending', 41_000, 100)).toContain('440.0 MB of 1.0 GB');
});
