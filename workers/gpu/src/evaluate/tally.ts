import { mostMistakes, topFive, type Evaluation } from '@thaw/contract/evaluation';
import { mostPredictions } from '@thaw/contract/evaluationPictures';
import { encodeMetric } from '@thaw/contract/numbers';
import type { Prediction } from '@thaw/formats/predictions';
import { Calibration } from './calibration.ts';
import { classFigures, macroAverages } from './classFigures.ts';
import { judgeLogits } from './judgeLogits.ts';

/** Collects, image by image, what an evaluation says. */
export class Tally {
  images = 0;
  private lossSum = 0;
  private right = 0;
  private rightOfFive = 0;
  private readonly classes: number;
  /** [classes, classes], rows: true class. */
  private readonly confusion: Int32Array;
  private readonly calibration = new Calibration();
  /** By falling probability. */
  private readonly mistakes: Prediction[] = [];
  private readonly kept: Prediction[] = [];

  constructor(classes: number) {
    this.classes = classes;
    this.confusion = new Int32Array(classes * classes);
  }

  /** Mean over the images, in nats. */
  get loss(): number {
    return this.lossSum / this.images;
  }

  /** Fraction of the images that were told right. */
  get accuracy(): number {
    return this.right / this.images;
  }

  /** What each image was taken for, in the order in which they came; null where they are more than are kept. */
  get predictions(): readonly Prediction[] | null {
    return this.images > mostPredictions ? null : this.kept;
  }

  /** @param index of the image in its source */
  add(index: number, label: number, logits: Float32Array): void {
    const { loss, predicted, rank, probability, labelProbability } = judgeLogits(logits, label);
    this.images += 1;
    this.lossSum += loss;
    if (rank === 0) this.right += 1;
    if (rank < topFive) this.rightOfFive += 1;
    const cell = label * this.classes + predicted;
    this.confusion[cell] = (this.confusion[cell] as number) + 1;
    this.calibration.add(probability, rank === 0);
    const prediction = { index, label, predicted, probability, labelProbability };
    if (this.images <= mostPredictions) this.kept.push(prediction);
    if (rank > 0) this.keepMistake(prediction);
  }

  /** @param names of the classes, in the order of the labels */
  figures(names: readonly string[]): Omit<Evaluation, 'format' | 'evaluated' | 'panel'> {
    const confusion = names.map((_, row) => [...this.confusion.subarray(row * this.classes, (row + 1) * this.classes)]);
    const classes = classFigures(confusion, names);
    return {
      loss: encodeMetric(this.loss),
      top1: this.accuracy,
      top5: this.classes <= topFive ? null : this.rightOfFive / this.images,
      confusion,
      classes,
      macro: macroAverages(classes),
      calibration: this.calibration.figures(),
      mistakes: this.mistakes.map((item) => ({ ...item, probability: encodeMetric(item.probability), labelProbability: encodeMetric(item.labelProbability) })),
    };
  }

  private keepMistake(mistake: Prediction): void {
    // Not a number: not confident. Of equal ones the earlier stays ahead.
    const sureness = ({ probability }: Prediction): number => (Number.isNaN(probability) ? -1 : probability);
    let place = this.mistakes.length;
    while (place > 0 && sureness(this.mistakes[place - 1] as Prediction) < sureness(mistake)) place -= 1;
    if (place === mostMistakes) return;
    this.mistakes.splice(place, 0, mistake);
    this.mistakes.length = Math.min(this.mistakes.length, mostMistakes);
  }
}
