"""The PyTorch peer: the tutorial's script, torchvision transforms in the loader, on the first images of CIFAR-10.

Usage: torch_epochs.py FOLDER TRAIN TEST. For each line `frozen` or `full` on standard input it trains one epoch, evaluates, and
answers with the seconds of both together.
"""
import sys
import time

import numpy
import torch
import torchvision
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

torch.set_num_threads(2)
normalize = transforms.Normalize((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010))
augment = transforms.Compose([
    transforms.RandomCrop(32, padding=4),
    transforms.RandomHorizontalFlip(),
    transforms.ColorJitter(0.2, 0.2, 0.2, 0.1),
    transforms.RandomRotation(15),
    transforms.ToTensor(),
    normalize,
])
plain = transforms.Compose([transforms.ToTensor(), normalize])


class Cifar(Dataset):
    def __init__(self, file, count, transform):
        records = numpy.fromfile(file, dtype=numpy.uint8, count=count * 3073).reshape(count, 3073)
        self.labels = records[:, 0].astype(numpy.int64)
        self.images = records[:, 1:].reshape(count, 3, 32, 32).transpose(0, 2, 3, 1)
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.images[index])), self.labels[index]


folder, train_count, test_count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
train = DataLoader(Cifar(f'{folder}/data_batch_1.bin', train_count, augment), batch_size=64, shuffle=True)
test = DataLoader(Cifar(f'{folder}/test_batch.bin', test_count, plain), batch_size=64)
model = torchvision.models.resnet18(num_classes=10)
criterion = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-4)


def epoch(frozen):
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(not frozen or name.startswith('fc.'))
    model.train()
    for images, labels in train:
        optimizer.zero_grad()
        outputs = model(images)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        loss.item()
        (outputs.argmax(1) == labels).sum().item()
    model.eval()
    with torch.no_grad():
        for images, labels in test:
            outputs = model(images)
            criterion(outputs, labels).item()
            (outputs.argmax(1) == labels).sum().item()


for line in sys.stdin:
    start = time.perf_counter()
    epoch(line.strip() == 'frozen')
    print(time.perf_counter() - start, flush=True)
