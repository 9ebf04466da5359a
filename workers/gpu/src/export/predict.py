#!/usr/bin/env python3
"""Says what is on pictures, with a model that was exported by Thaw.

    python predict.py MODEL IMAGE [IMAGE ...] [--top N] [--json]

It needs Python 3.8 or newer and, by the kind of MODEL:
    .onnx          pip install numpy pillow onnxruntime
    .pth           pip install numpy pillow torch torchvision
    .safetensors   pip install numpy pillow torch torchvision safetensors

Class names and the preparation of pictures are read from MODEL, which says both of itself.
"""

import argparse
import json
import os
import sys
import zipfile
from pathlib import Path


def load_onnx(path):
    # Some builds of ONNX Runtime send usage events to their maker; this keeps what is looked at here private.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    metadata = session.get_modelmeta().custom_metadata_map
    return metadata, lambda batch: session.run(["logits"], {"input": batch})[0]


def load_pth(path):
    import torch

    with zipfile.ZipFile(path) as archive:
        member = next((name for name in archive.namelist() if name.endswith("/thaw.json")), None)
        metadata = {} if member is None else json.loads(archive.read(member).decode("utf-8"))
    return metadata, torch_network(metadata, torch.load(path, map_location="cpu", weights_only=True))


def load_safetensors(path):
    from safetensors import safe_open

    with safe_open(str(path), framework="pt") as file:
        metadata = file.metadata() or {}
        return metadata, torch_network(metadata, {name: file.get_tensor(name) for name in file.keys()})


def torch_network(metadata, state):
    import torch
    import torchvision

    about = describe(metadata)
    network = getattr(torchvision.models, about["backbone"])(num_classes=len(about["classes"]))
    network.load_state_dict(state, strict=True)
    network.eval()

    def logits(batch):
        with torch.no_grad():
            return network(torch.from_numpy(batch)).numpy()

    return logits


def describe(metadata):
    if "thaw" not in metadata:
        sys.exit("This model does not say which classes it knows: it was not exported by Thaw.")
    return json.loads(metadata["thaw"])


def prepare(path, transform):
    """A picture as the network was trained to see it: float32 [1, 3, size, size]."""
    import numpy as np
    from PIL import Image, ImageOps

    size = transform["imageSize"]
    # First as small as the training data were stored (short side scaled, centre cropped), then as large as the network wants it.
    stored = transform.get("storedSize", {"width": size, "height": size})
    with Image.open(path) as file:
        upright = ImageOps.exif_transpose(file).convert("RGB")
    image = ImageOps.fit(upright, (stored["width"], stored["height"]), Image.BILINEAR)
    planes = (np.asarray(image, dtype=np.float32) / 255).transpose(2, 0, 1)
    if image.size != (size, size):
        planes = np.stack([np.asarray(Image.fromarray(plane).resize((size, size), Image.BILINEAR)) for plane in planes])
    mean, std = (np.asarray(transform[key], dtype=np.float32).reshape(3, 1, 1) for key in ("mean", "std"))
    return np.ascontiguousarray((planes - mean) / std, dtype=np.float32)[None]


def likeliest(logits, classes, count):
    """The classes with the largest probabilities, falling, each with its probability."""
    import numpy as np

    exponentials = np.exp(logits.astype(np.float64) - logits.max())
    probabilities = exponentials / exponentials.sum()
    return [(classes[index], float(probabilities[index])) for index in np.argsort(-probabilities, kind="stable")[:count]]


def main():
    parser = argparse.ArgumentParser(description="Says what is on pictures, with a model that was exported by Thaw.")
    parser.add_argument("model", type=Path, help=".onnx, .pth or .safetensors")
    parser.add_argument("images", type=Path, nargs="+", metavar="image")
    parser.add_argument("--top", type=int, default=5, help="how many classes to show (5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object a picture")
    arguments = parser.parse_args()
    loaders = {".onnx": load_onnx, ".pth": load_pth, ".safetensors": load_safetensors}
    load = loaders.get(arguments.model.suffix.lower())
    if load is None:
        sys.exit(f"{arguments.model} is none of {', '.join(loaders)}.")
    if not arguments.model.is_file():
        sys.exit(f"There is no file {arguments.model}.")
    try:
        metadata, network = load(arguments.model)
    except ImportError as error:
        sys.exit(f"{error}. Install what a {arguments.model.suffix} file needs:\n{__doc__}")
    about = describe(metadata)
    failed = False
    for path in arguments.images:
        try:
            batch = prepare(path, about["transform"])
        except (OSError, ValueError) as error:
            print(f"{path} cannot be read as a picture: {error}", file=sys.stderr)
            failed = True
            continue
        best = likeliest(network(batch)[0], about["classes"], arguments.top)
        if arguments.json:
            print(json.dumps({"image": str(path), "predictions": [{"class": name, "probability": probability} for name, probability in best]}))
        else:
            print(path)
            for name, probability in best:
                print(f"  {100 * probability:5.1f} %  {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
