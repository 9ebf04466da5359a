"""Makes evaluation.json beside this script: what torch and scikit-learn say about logits by formula.

Made with torch 2.15.0 and scikit-learn 1.9.1. Run it as `python make_evaluation_vectors.py` to make it again.
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as nn

IMAGES, CLASSES, BINS = 300, 8, 15


def inputs():
    """Logits 2 sin(1.7 k), of the label 1.5 more; class 7 has no image, and class 6 is never predicted."""
    labels = np.arange(IMAGES) * 5 % 7
    logits = 2 * np.sin(1.7 * np.arange(IMAGES * CLASSES)).reshape(IMAGES, CLASSES)
    logits[np.arange(IMAGES), labels] += 1.5
    logits[:, 6] -= 9
    return torch.from_numpy(logits.astype(np.float32)).double(), torch.from_numpy(labels)


def calibration_error(confidences, right):
    """As in the code of Guo et al. (github.com/gpleiss/temperature_scaling): bins open below, closed above."""
    edges = torch.linspace(0, 1, BINS + 1, dtype=torch.float64)
    error, counts = 0.0, []
    for lower, upper in zip(edges[:-1], edges[1:]):
        inside = confidences.gt(lower) & confidences.le(upper)
        counts.append(int(inside.sum()))
        if counts[-1]:
            error += float((confidences[inside].mean() - right[inside].mean()).abs() * inside.double().mean())
    return error, counts


def main():
    logits, labels = inputs()
    probabilities = logits.softmax(1)
    confidences, predicted = probabilities.max(1)
    right = predicted.eq(labels)
    ece, counts = calibration_error(confidences, right.double())
    wrong = sorted((-float(confidences[i]), i) for i in range(IMAGES) if not right[i])
    top5 = logits.topk(5).indices.eq(labels[:, None]).any(1).double().mean()
    result = {
        "images": IMAGES,
        "classes": CLASSES,
        "loss": float(nn.cross_entropy(logits, labels)),
        "top1": float(right.double().mean()),
        "top5": float(top5),
        "ece": ece,
        "binCounts": counts,
        "mistakes": [i for _, i in wrong[:50]],
        "worst": [{"predicted": int(predicted[i]), "probability": -p, "labelProbability": float(probabilities[i, labels[i]])} for p, i in wrong[:3]],
        **class_figures(labels.numpy(), predicted.numpy()),
    }
    (Path(__file__).parent / "evaluation.json").write_text("{\n" + ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in result.items()) + "\n}\n")


def class_figures(labels, predicted):
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    every = precision_recall_fscore_support(labels, predicted, labels=range(CLASSES), zero_division=np.nan)
    macro = precision_recall_fscore_support(labels, predicted, average="macro", zero_division=0)
    precision, recall, f1, support = ([None if np.isnan(x) else float(x) for x in column] for column in every)
    return {
        "confusion": confusion_matrix(labels, predicted, labels=range(CLASSES)).tolist(),
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "support": support,
        "macro": dict(zip(["precision", "recall", "f1"], map(float, macro[:3]))),
    }


if __name__ == "__main__":
    main()
