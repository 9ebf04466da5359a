/** What the logits of one image say about it, given its label. */
export interface Judgement {
  /** Cross-entropy in nats. */
  loss: number;
  predicted: number;
  /** How many classes are likelier than the label: 0 where it is told right. */
  rank: number;
  /** Probabilities of the predicted class (the confidence) and of the label. */
  probability: number;
  labelProbability: number;
}

/**
 * Judges the logits of one image, [classes], in float64. Of equal logits the first counts as larger; one that is not a number
 * counts as larger than all others, as in torch, and makes loss and probabilities NaN.
 */
export function judgeLogits(logits: Float32Array, label: number): Judgement {
  const predicted = argMax(logits);
  const total = logSumExp(logits);
  const own = logits[label] as number;
  let rank = 0;
  for (let index = 0; index < logits.length; index++) if (index !== label && isLarger(logits, index, label)) rank += 1;
  return { loss: total - own, predicted, rank, probability: Math.exp((logits[predicted] as number) - total), labelProbability: Math.exp(own - total) };
}

/** Probabilities of all classes. */
export function softmax(logits: Float32Array): number[] {
  const total = logSumExp(logits);
  return Array.from(logits, (value) => Math.exp(value - total));
}

/** log(sum(exp(x))), safe from overflow by taking out the maximum. */
function logSumExp(values: Float32Array): number {
  const largest = values.reduce((a, b) => Math.max(a, b));
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}

function argMax(values: Float32Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) if (isLarger(values, index, best)) best = index;
  return best;
}

function isLarger(values: Float32Array, index: number, other: number): boolean {
  const [a, b] = [values[index] as number, values[other] as number];
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && (!Number.isNaN(b) || index < other);
  return a > b || (a === b && index < other);
}
