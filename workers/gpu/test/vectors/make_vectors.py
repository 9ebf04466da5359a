"""Makes the JSON files beside this script: what PyTorch and torchvision compute, for the trainer's tests.

Made with torch 2.15.0 and torchvision 0.29.2, on the CPU. Run it as `python make_vectors.py` to make them again; it needs no
file and no network. (resnet18_formula_trace.json has another origin, which stands in that file.)

Arrays in base64 are little-endian and row-major, images NHWC; those of u1 are deflated. Inputs come from formulas that the
tests have too: see `picture` and `wave` here and in inputs.ts.
"""

import base64
import itertools
import json
import math
import zlib
from pathlib import Path

import numpy as np
import torch
import torchvision
from torch.nn import functional as nn
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as vision

HERE = Path(__file__).parent
MEAN, STD = [0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.201]
OPERATIONS = ["brightness", "contrast", "saturation", "hue"]


def picture(size, number):
    """Image `number`: uint8 [size, size, 3], with smooth and busy parts, grey, black and white."""
    y, x, c = np.meshgrid(np.arange(size), np.arange(size), np.arange(3), indexing="ij")
    values = (x * (5 + c) + y * (3 + 2 * c) + (x * y * (number + 1)) % 37 + 90 * c + 50 * number) % 256
    values[0, :3] = [[0, 0, 0], [255, 255, 255], [128, 128, 128]]
    return values.astype(np.uint8)


def tensor(pixels):
    """Pixels as torchvision's ToTensor gives them."""
    return torch.from_numpy(pixels).permute(2, 0, 1).float().div(255)


def encoded(values, dtype="<f4"):
    array = values.detach().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)
    data = np.ascontiguousarray(array.astype(dtype)).tobytes()
    return base64.b64encode(zlib.compress(data, 9) if dtype == "u1" else data).decode()


def image(values):
    return encoded(values.movedim(-3, -1))


def save(name, **content):
    made_with = f"torch {torch.__version__.split('+')[0]}, torchvision {torchvision.__version__.split('+')[0]}"
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in {"madeWith": made_with, **content}.items())
    (HERE / name).write_text("{\n" + lines + "\n}\n")


# --- layers -----------------------------------------------------------------------------------------------------------------


def wave(*shape, phase):
    """Float64 values between -1 and 1; element k is sin(1.7 k + phase)."""
    return torch.sin(1.7 * torch.arange(math.prod(shape), dtype=torch.float64) + phase).reshape(shape)


def batch_norm(training):
    """Outputs, statistics and gradients of a batch norm over [2, 3, 3, 4] (NCHW here, NHWC in the file)."""
    x = wave(2, 3, 3, 4, phase=0.3).movedim(-1, 1).requires_grad_()
    scale, offset = (wave(4, phase=0.5) + 1.5).requires_grad_(), wave(4, phase=0.9).requires_grad_()
    mean, variance = wave(4, phase=1.1) * 0.2, wave(4, phase=1.3) * 0.3 + 1
    y = nn.batch_norm(x, mean, variance, scale, offset, training=training)
    y.backward(wave(2, 3, 3, 4, phase=2.1).movedim(-1, 1))
    return {
        "y": encoded(y.movedim(1, -1)), "dx": encoded(x.grad.movedim(1, -1)), "dScale": encoded(scale.grad), "dOffset": encoded(offset.grad),
        "mean": encoded(mean), "variance": encoded(variance),
    }


def convolutions():
    """Outputs and gradients of the convolutions and the pooling of a ResNet18 on an image of 9x9 and of 8x8."""
    cases = []
    for size, (kernel, stride, padding) in itertools.product([8, 9], [(7, 2, 3), (3, 2, 1), (3, 1, 1), (1, 2, 0)]):
        x = wave(1, size, size, 2, phase=0.2).movedim(-1, 1).requires_grad_()
        weight = wave(kernel, kernel, 2, 2, phase=0.4).permute(3, 2, 0, 1).requires_grad_()
        y = nn.conv2d(x, weight, stride=stride, padding=padding)
        y.backward(wave(*y.movedim(1, -1).shape, phase=0.6).movedim(-1, 1))
        cases.append({
            "size": size, "kernel": kernel, "stride": stride, "padding": padding,
            "y": encoded(y.movedim(1, -1)), "dx": encoded(x.grad.movedim(1, -1)), "dWeight": encoded(weight.grad.permute(2, 3, 1, 0)),
        })
    pools = []
    for size in [8, 9]:
        x = (wave(1, size, size, 2, phase=0.2) - 2).movedim(-1, 1).requires_grad_()
        y = nn.max_pool2d(x, 3, 2, 1)
        y.backward(wave(*y.movedim(1, -1).shape, phase=0.6).movedim(-1, 1))
        pools.append({"size": size, "y": encoded(y.movedim(1, -1)), "dx": encoded(x.grad.movedim(1, -1))})
    return cases, pools


def cross_entropy():
    logits = torch.cat([torch.tensor([[2.0, 1, 0], [0, 0, 0], [1000, 0, 0]], dtype=torch.float64), wave(2, 3, phase=0.7) * 5]).requires_grad_()
    labels = torch.tensor([0, 2, 1, 1, 2])
    losses = nn.cross_entropy(logits, labels, reduction="none")
    losses.mean().backward()
    return {"logits": logits.tolist(), "labels": labels.tolist(), "losses": losses.tolist(), "gradient": logits.grad.tolist()}


def sine(angle):
    return np.sin(angle)


def scattered(angle):
    """Without the sine's regularity, which leaves channels alike and gradients huge; as evenly spread as uniform noise, and as strong."""
    return math.sqrt(1.5) * (2 * np.modf(np.abs(np.sin(angle)) * 43758.5453)[0] - 1)


def formula_network(make=torchvision.models.resnet18, wave=sine):
    """The network of formulaWeights.ts in evaluation mode."""
    net = make(num_classes=10)
    state = net.state_dict()
    for position, (name, value) in enumerate(state.items()):
        if name.endswith("num_batches_tracked"):
            continue
        if value.dim() == 4:
            offset, deviation = 0, math.sqrt(2 / (value.shape[0] * value.shape[2] * value.shape[3]))
        elif name.startswith("fc."):
            offset, deviation = 0, 0.05 if name == "fc.weight" else 0.01
        else:
            offset, deviation = (1, 0.1) if name.endswith(("running_var", "weight")) else (0, 0.05)
        k = np.arange(value.numel(), dtype=np.float64)
        values = offset + deviation * math.sqrt(2) * wave(12.9898 * (k + 1) + 78.233 * (position + 1))
        state[name] = torch.from_numpy(values.reshape(value.shape)).float()
    net.load_state_dict(state)
    return net.eval()


def forward():
    net = formula_network()
    stages = {}
    for name in ["maxpool", "layer1", "layer2", "layer3", "layer4"]:
        getattr(net, name).register_forward_hook(lambda _m, _i, out, name=name: stages.__setitem__(name, list(out.movedim(1, -1).shape)))
    results = []
    with torch.no_grad():
        for size in [32, 64, 225]:
            batch = torch.stack([vision.normalize(tensor(picture(size, number)), MEAN, STD) for number in range(2)])
            results.append({"size": size, "logits": net(batch).tolist(), "stages": dict(stages)})
    return results


def normalised(numbers):
    return torch.stack([vision.normalize(tensor(picture(32, number)), MEAN, STD) for number in numbers])


def resnet34():
    """torchvision's ResNet34: its state_dict, and one step of SGD on 16 pictures, judged by 8 others."""
    published = torchvision.models.resnet34()
    entries = [[name, list(value.shape)] for name, value in published.state_dict().items()]
    net = formula_network(torchvision.models.resnet34, scattered)
    rate, labels = 1e-3, torch.arange(24) % 10
    train, test = normalised(range(16)), normalised(range(16, 24))

    def test_loss():
        with torch.no_grad():
            return nn.cross_entropy(net.eval()(test), labels[16:]).item()

    with torch.no_grad():
        logits = net(train[:2]).tolist()
    before = test_loss()
    optimizer = torch.optim.SGD(net.parameters(), lr=rate, momentum=0.9)
    output = net.train()(train)
    loss = nn.cross_entropy(output, labels[:16])
    loss.backward()
    optimizer.step()
    named = ["conv1.weight", "layer1.2.bn2.weight", "layer2.3.conv1.weight", "layer3.0.downsample.0.weight", "layer3.5.conv2.weight", "layer4.2.bn1.bias", "fc.weight"]
    gradients = {name: {"norm": p.grad.norm().item(), "first": p.grad.flatten()[:6].tolist()} for name, p in net.named_parameters() if name in named}
    statistics = {name: net.state_dict()[name][:6].tolist() for name in ["bn1.running_mean", "layer3.5.bn2.running_var", "layer4.2.bn2.running_mean"]}
    return {
        "entries": entries, "parameters": sum(p.numel() for p in published.parameters()), "logits": logits, "rate": rate, "loss": loss.item(),
        "right": int((output.argmax(1) == labels[:16]).sum()), "testLossBefore": before, "gradients": gradients, "statistics": statistics, "testLossAfter": test_loss(),
    }


# --- optimiser and learning rates -------------------------------------------------------------------------------------------


def adam():
    """Series of one parameter that starts at 1 (float64)."""
    cases = {"A1": (0.1, 0.1, [0.5, -0.2, 0.1]), "A3": (0.1, 0.0, [0.5, -0.2, 0.1]), "A4": (1e-3, 1e-4, [0.5, -0.2, 0.1]), "A5": (1e-3, 0.0, [1e-7] * 3)}
    series = []
    for name, (rate, decay, gradients) in cases.items():
        p = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
        optimizer = torch.optim.Adam([p], lr=rate, weight_decay=decay)
        steps = []
        for gradient in gradients:
            p.grad = torch.full_like(p, gradient)
            optimizer.step()
            state = optimizer.state[p]
            steps.append({"gradient": gradient, "value": p.item(), "exp_avg": state["exp_avg"].item(), "exp_avg_sq": state["exp_avg_sq"].item()})
        series.append({"name": name, "learningRate": rate, "weightDecay": decay, "steps": steps})
    return series


def thaw():
    """A head that trains from the start and a body that joins after three steps, in one Adam with weight decay (float64)."""
    body, head = (torch.nn.Parameter(torch.ones(1, dtype=torch.float64)) for _ in range(2))
    optimizer = torch.optim.Adam([body, head], lr=0.1, weight_decay=0.1)
    steps = []
    for number, gradient in enumerate([0.5, -0.2, 0.1, 0.3, -0.4, 0.2]):
        if number == 3:
            optimizer.param_groups[0]["lr"] = 0.01
        head.grad = torch.full_like(head, gradient)
        body.grad = torch.full_like(body, -gradient) if number >= 3 else None
        optimizer.step()
        steps.append({"gradient": gradient, "head": head.item(), "body": body.item()})
    return steps


def optimizer_of(rate):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)


def plateau_cases():
    nan = float("nan")
    return {
        "P1 flat": ({}, 1e-3, {}, [1.0] * 7),
        "P2 threshold": ({}, 1e-3, {}, [0.9, 0.89995, 0.89991, 0.8999, 0.91, 0.92, 0.93, 0.5]),
        "P3 reset and repeated": ({}, 1e-3, {}, [1.0, 1.1, 1.2, 0.99, 1.1, 1.2, 1.3, 1.3, 1.3, 1.3]),
        "P4 thaw at epoch 4": ({}, 1e-3, {4: 1e-4}, [1.0, 0.9, 0.95, 0.95, 0.95, 0.85, 0.86, 0.86, 0.86]),
        "cooldown": ({"patience": 0, "cooldown": 3}, 1e-3, {}, [1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 0.9, 1.0, 1.0, 1.0, 1.0, 1.0]),
        "min lr": ({"patience": 0, "factor": 0.1, "min_lr": 2e-5}, 1e-3, {}, [1.0] * 6),
        "eps": ({"patience": 0, "factor": 0.5, "eps": 3e-4}, 1e-3, {}, [1.0] * 5),
        "nan": ({"patience": 1}, 1e-3, {}, [nan, 1.0, nan, nan, 0.5, nan, nan]),
        "threshold 0": ({"patience": 0, "threshold": 0}, 1e-3, {}, [1.0, 1.0, 0.9999999, 1.0]),
    }


def plateau():
    series = []
    for name, (options, rate, overrides, losses) in plateau_cases().items():
        optimizer = optimizer_of(rate)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **{"factor": 0.5, "patience": 2, **options})
        rows = []
        for epoch, loss in enumerate(losses, start=1):
            group = optimizer.param_groups[0]
            group["lr"] = overrides.get(epoch, group["lr"])
            used = group["lr"]
            scheduler.step(loss)
            best = scheduler.best if math.isfinite(scheduler.best) else "Infinity"
            rows.append({"loss": "NaN" if math.isnan(loss) else loss, "used": used, "best": best, "badEpochs": scheduler.num_bad_epochs, "after": group["lr"]})
        series.append({"name": name, "options": options, "learningRate": rate, "thawEpoch": next(iter(overrides), None), "rows": rows})
    return series


def scheduled():
    """Rates by phase: the frozen epochs on 1e-3, then the full ones on 1e-4, each with a scheduler of its own."""
    schedulers = torch.optim.lr_scheduler
    steps_per_epoch, phases = 5, [(1e-3, 3), (1e-4, 7)]

    def series(rate, count, make):
        optimizer = optimizer_of(rate)
        scheduler = make(optimizer)
        rates = []
        for _ in range(count):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        return rates

    def by_epoch(make):
        return [rate for base, epochs in phases for rate in series(base, epochs, lambda o, e=epochs: make(o, e)) for _ in range(steps_per_epoch)]

    def one_cycle(pct, div, final):
        def make(optimizer, base, total):
            options = {"pct_start": pct, "div_factor": div, "final_div_factor": final, "cycle_momentum": False}
            return schedulers.OneCycleLR(optimizer, base, total_steps=total, **options)

        # The last rate is the end of the cycle: a step beyond would be an error.
        rates = []
        for base, epochs in phases:
            total = epochs * steps_per_epoch
            optimizer = optimizer_of(base)
            scheduler = make(optimizer, base, total)
            for step in range(total):
                rates.append(optimizer.param_groups[0]["lr"])
                optimizer.step()
                if step + 1 < total:
                    scheduler.step()
        return rates

    return {
        "stepsPerEpoch": steps_per_epoch, "freezeEpochs": 3, "epochs": 10,
        "series": [
            {"scheduler": {"type": "cosine", "minLearningRate": 1e-5}, "rates": by_epoch(lambda o, e: schedulers.CosineAnnealingLR(o, T_max=e, eta_min=1e-5))},
            {"scheduler": {"type": "step", "stepSize": 2, "gamma": 0.3}, "rates": by_epoch(lambda o, e: schedulers.StepLR(o, 2, 0.3))},
            {"scheduler": {"type": "one_cycle", "warmupFraction": 0.3, "divFactor": 25, "finalDivFactor": 1e4}, "rates": one_cycle(0.3, 25, 1e4)},
            {"scheduler": {"type": "one_cycle", "warmupFraction": 0.05, "divFactor": 10, "finalDivFactor": 100}, "rates": one_cycle(0.05, 10, 100)},
        ],
    }


# --- augmentation -----------------------------------------------------------------------------------------------------------

FACTORS = {"brightness": 1.2, "contrast": 0.8, "saturation": 1.15, "hue": -0.1}


def adjust(x, operation, factor):
    return getattr(vision, f"adjust_{operation}")(x, factor)


def single_operations():
    cases = [(name, factor) for name in OPERATIONS[:3] for factor in [0.8, 1.2]] + [("hue", factor) for factor in [-0.5, -0.1, 0.1, 0.3, 0.5]]
    x = tensor(picture(8, 0))
    return [{"operation": name, "factor": factor, "image": image(adjust(x, name, factor))} for name, factor in cases]


def orders():
    x = tensor(picture(4, 1))
    results = []
    for order in itertools.permutations(OPERATIONS):
        y = x
        for operation in order:
            y = adjust(y, operation, FACTORS[operation])
        results.append({"order": order, "image": image(y)})
    return results


def rotations():
    """Where each pixel comes from: column and row of the source, 255 outside."""
    results = []
    for size, angle in itertools.product([32, 33], [-15.0, -7.3, 0.4, 11.7, 90.0, 180.0]):
        columns, rows = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="xy")
        source = torch.stack([columns, rows, torch.full((size, size), 1)]).float()
        turned = vision.rotate(source, angle, InterpolationMode.NEAREST, fill=[0.0, 0.0, 0.0])
        column, row = (torch.where(turned[2] == 0, 255, turned[channel]) for channel in range(2))
        results.append({"size": size, "angle": angle, "columns": encoded(column, "u1"), "rows": encoded(row, "u1")})
    return results


def chain():
    """Crop, flip, jitter in an order of its own, rotation, Normalize: what the tutorial does to two images."""
    draws = [
        {"cropX": 7, "cropY": 2, "flip": True, "angle": 11.5, "order": ["contrast", "hue", "brightness", "saturation"], "brightness": 1.17, "contrast": 0.83, "saturation": 1.05, "hue": 0.07},
        {"cropX": 1, "cropY": 8, "flip": False, "angle": -4.25, "order": ["hue", "saturation", "contrast", "brightness"], "brightness": 0.9, "contrast": 1.2, "saturation": 0.8, "hue": -0.1},
    ]
    size, images = 16, []
    for number, draw in enumerate(draws):
        x = vision.pad(tensor(picture(size, number)), 4)
        x = vision.crop(x, draw["cropY"], draw["cropX"], size, size)
        x = vision.hflip(x) if draw["flip"] else x
        for operation in draw["order"]:
            x = adjust(x, operation, draw[operation])
        x = vision.rotate(x, draw["angle"], InterpolationMode.NEAREST, fill=[0.0, 0.0, 0.0])
        images.append(vision.normalize(x, MEAN, STD))
    return {"size": size, "padding": 4, "draws": draws, "images": image(torch.stack(images))}


def crops():
    """All 81 crops of one image with padding 4, row by row: of each the sum of its pixels times weights of 1 to 1009."""
    size = 32
    padded = vision.pad(torch.from_numpy(picture(size, 0)).permute(2, 0, 1), 4)
    weights = (torch.arange(size * size * 3) % 1009 + 1).reshape(size, size, 3)
    sums = []
    for y, x in itertools.product(range(9), range(9)):
        sums.append(int((vision.crop(padded, y, x, size, size).movedim(0, -1).long() * weights).sum()))
    return sums


def resizes():
    results = []
    for source, size in [(128, 32), (32, 64), (48, 32)]:
        x = vision.resize(tensor(picture(source, 0)), [size, size], InterpolationMode.BILINEAR, antialias=True)
        results.append({"source": source, "size": size, "topLeft": image(x[:, :16, :16]), "bottomRight": image(x[:, -8:, -8:])})
    return results


if __name__ == "__main__":
    torch.manual_seed(0)
    cases, pools = convolutions()
    save("layers.json", batchNormTraining=batch_norm(True), batchNormInference=batch_norm(False), convolutions=cases, pools=pools, crossEntropy=cross_entropy())
    save("forward.json", mean=MEAN, std=STD, forward=forward())
    save("resnet34.json", **resnet34())
    save("optimizer.json", adam=adam(), thaw=thaw())
    save("learning_rates.json", plateau=plateau(), scheduled=scheduled())
    save("colours.json", single=single_operations(), factors=FACTORS, orders=orders())
    save("geometry.json", crops=crops(), rotations=rotations(), resizes=resizes())
    save("chain.json", mean=MEAN, std=STD, **chain())
