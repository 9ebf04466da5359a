"""Opens the three exports of one model with the libraries that people use, and compares what they compute.

Run by exportPython.test.ts where THAW_BENCH_PYTHON names a Python with torch, torchvision, onnx, onnxruntime and safetensors.
Arguments: a folder with model.safetensors, model.pth and model.onnx. Prints one JSON object.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import safetensors.torch
import torch
import torchvision

folder = Path(sys.argv[1])
torch.set_num_threads(2)

graph = onnx.load(folder / "model.onnx")
onnx.checker.check_model(graph, full_check=True)
session = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
metadata = session.get_modelmeta().custom_metadata_map
description = json.loads(metadata["thaw"])
classes, size = json.loads(metadata["classes"]), int(metadata["image_size"])


def torch_network(state):
    network = getattr(torchvision.models, description["backbone"])(num_classes=len(classes))
    network.load_state_dict(state, strict=True)
    return network.eval()


states = {
    "pth": torch.load(folder / "model.pth", weights_only=True),
    "pth_mapped": torch.load(folder / "model.pth", weights_only=True, mmap=True),
    "safetensors": safetensors.torch.load_file(folder / "model.safetensors"),
}
report = {
    "opset": graph.opset_import[0].version,
    "classes": classes,
    "input": session.get_inputs()[0].shape,
    "names_in_order": list(states["pth"]) == list(torch_network(states["pth"]).state_dict()),
    "counter": [str(states["pth"]["bn1.num_batches_tracked"].dtype), states["pth"]["bn1.num_batches_tracked"].item()],
    "same_tensors": all(torch.equal(states["pth"][name], other[name]) for other in states.values() for name in states["pth"]),
    "difference": {},
}
for batch in (1, 5):
    images = np.random.default_rng(batch).standard_normal((batch, 3, size, size)).astype(np.float32)
    logits = session.run(["logits"], {"input": images})[0]
    for name, state in states.items():
        with torch.no_grad():
            expected = torch_network(state)(torch.from_numpy(images)).numpy()
        report["difference"][f"{name} {batch}"] = float(np.abs(logits - expected).max())
print(json.dumps(report))
