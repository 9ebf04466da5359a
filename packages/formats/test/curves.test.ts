import { describe, expect, it } from 'vitest';
import { epochsCsv, iterationsCsv } from '../src/curves.ts';

describe('curves', () => {
  it('writes iterations with words for what is no number', () => {
    const row = { epoch: 1, phase: 'frozen', learningRate: 1e-7 } as const;
    const lines = iterationsCsv([
      { ...row, step: 1, loss: 2.302585092994046 },
      { ...row, step: 2, loss: 'NaN' },
      { ...row, step: 3, loss: 'Infinity' },
      { ...row, step: 4, loss: '-Infinity' },
    ]);
    expect([...lines].join('')).toBe(
      'step,epoch,phase,loss,learning_rate\n1,1,frozen,2.302585092994046,1e-7\n2,1,frozen,NaN,1e-7\n3,1,frozen,inf,1e-7\n4,1,frozen,-inf,1e-7\n',
    );
  });

  it('writes epochs with empty fields for what was not measured', () => {
    const lines = epochsCsv([
      {
        epoch: 0,
        phase: 'initial',
        learningRate: null,
        trainLoss: null,
        trainAccuracy: null,
        valLoss: 0,
        valAccuracy: 0.125,
        testLoss: 'NaN',
        testAccuracy: 0.1,
        imagesPerSecond: null,
        seconds: 1.5,
      },
    ]);
    expect([...lines]).toEqual([
      'epoch,phase,learning_rate,train_loss,train_accuracy,val_loss,val_accuracy,test_loss,test_accuracy,images_per_second,seconds\n',
      '0,initial,,,,0,0.125,NaN,0.1,,1.5\n',
    ]);
  });
});
