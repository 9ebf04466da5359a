"""The PyTorch peer: the same steps on torchvision's ResNet18. Usage: torch_steps.py default|fused"""
import json
import sys
import time

import torch
import torchvision

torch.set_num_threads(2)
fused = sys.argv[1] == 'fused'
model = torchvision.models.resnet18(num_classes=10)
images = torch.rand(64, 3, 32, 32)
if fused:
    model = model.to(memory_format=torch.channels_last)
    images = images.to(memory_format=torch.channels_last)
labels = torch.arange(64) % 10
criterion = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-4, fused=fused)


def train(frozen):
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(not frozen or name.startswith('fc.'))

    def step():
        model.train()
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        loss.item()

    return step


def evaluate():
    model.eval()
    with torch.no_grad():
        model(images).argmax(1).sum().item()


for line in sys.stdin:
    order = json.loads(line)
    step = evaluate if order['step'] == 'evaluate' else train(order['step'] == 'frozen')
    times = []
    for _ in range(order['count']):
        start = time.perf_counter()
        step()
        times.append(1000 * (time.perf_counter() - start))
    print(json.dumps(times), flush=True)
