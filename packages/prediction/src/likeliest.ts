import { predictedClasses, type Prediction } from '@thaw/contract/predict';

/** The likeliest classes by falling probability, which is the softmax over all; of equal ones the first comes first. */
export function likeliest(logits: Float32Array, classes: readonly string[]): Prediction['predictions'] {
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const exponentials = Array.from(logits, (value) => Math.exp(value - largest));
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  return exponentials
    .map((value, index) => ({ class: classes[index] as string, index, probability: value / total }))
    .sort((a, b) => b.probability - a.probability || a.index - b.index)
    .slice(0, predictedClasses);
}
