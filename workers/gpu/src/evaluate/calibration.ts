import { calibrationBins, type Evaluation } from '@thaw/contract/evaluation';
import { encodeMetric } from '@thaw/contract/numbers';

/** Images by confidence in bins of equal width, as in Guo et al. 2017 (arXiv:1706.04599, section 2). */
export class Calibration {
  private readonly bins = Array.from({ length: calibrationBins }, () => ({ images: 0, right: 0, confidence: 0 }));
  /** Images without a confidence: their logits are not finite. */
  private unknown = 0;

  add(confidence: number, right: boolean): void {
    // A bin holds its upper edge, not its lower one.
    const bin = this.bins.find((_, index) => confidence <= (index + 1) / calibrationBins);
    if (bin === undefined) {
      this.unknown += 1;
      return;
    }
    bin.images += 1;
    bin.right += right ? 1 : 0;
    bin.confidence += confidence;
  }

  figures(): Evaluation['calibration'] {
    const images = this.bins.reduce((sum, bin) => sum + bin.images, 0);
    const ece = this.bins.reduce((sum, { right, confidence }) => sum + Math.abs(right - confidence) / images, 0);
    return {
      ece: encodeMetric(this.unknown > 0 ? NaN : ece),
      bins: this.bins.map(({ images, right, confidence }, index) => ({
        lower: index / calibrationBins,
        upper: (index + 1) / calibrationBins,
        images,
        accuracy: images === 0 ? null : right / images,
        confidence: images === 0 ? null : confidence / images,
      })),
    };
  }
}
