import { measureEpochs } from './epochs.ts';
import { measureMemory } from './memory.ts';
import { measureSteps } from './steps.ts';

// Ratios, measured in one run on this machine. THAW_BENCH_PYTHON names a Python with torch and torchvision to stand beside.
const python = process.env['THAW_BENCH_PYTHON'];
const cifar10 = process.env['THAW_CIFAR10'];

console.log('Milliseconds a step (median), ResNet18, batch 64, 32x32, float32, in turns in one run; in brackets: times the compiled step');
const [compiled, ...peers] = await measureSteps(python);
if (compiled === undefined) throw new Error('the compiled peer is missing');
const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
const cell = (value: number, ratio: number) => `${value.toFixed(1)} (${ratio.toFixed(2)})`.padStart(16);
console.log(`${''.padEnd(36)}${['full', 'frozen', 'evaluate'].map((name) => name.padStart(16)).join('')}`);
for (const { peer, milliseconds } of [compiled, ...peers])
  console.log(`${peer.padEnd(36)}${(['full', 'frozen', 'evaluate'] as const).map((step) => cell(milliseconds[step], milliseconds[step] / compiled.milliseconds[step])).join('')}`);
if (python === undefined) console.log('PyTorch is left out: name a Python that has torch and torchvision with THAW_BENCH_PYTHON.');

if (cifar10 === undefined) console.log('Epochs and memory are left out: THAW_CIFAR10 names no folder.');
else {
  console.log('\nSeconds an epoch of the tutorial on 5,000 images, augmentation and the evaluation of 1,000 included; in brackets: times the trainer');
  const { trainer, pytorch } = await measureEpochs(cifar10, python);
  console.log(`trainer          frozen ${trainer.frozen.toFixed(2)}   full ${trainer.full.toFixed(2)}`);
  if (pytorch !== null)
    console.log(`PyTorch script   frozen ${pytorch.frozen.toFixed(2)} (${(pytorch.frozen / trainer.frozen).toFixed(2)})   full ${pytorch.full.toFixed(2)} (${(pytorch.full / trainer.full).toFixed(2)})`);
  const bare = (step: 'full' | 'frozen') => (79 * compiled.milliseconds[step] + 16 * compiled.milliseconds.evaluate) / 1000;
  console.log(`over its bare steps   frozen ${percent(trainer.frozen / bare('frozen') - 1)}   full ${percent(trainer.full / bare('full') - 1)}\n`);

  const { steady, highest } = await measureMemory(cifar10);
  console.log(`Resident memory of the trainer, all of CIFAR-10, batch 64, full steps 100 to 250: ${steady.toFixed(0)} MB steady, ${highest.toFixed(0)} MB highest`);
}
