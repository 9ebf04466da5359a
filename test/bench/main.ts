import { measureCheckpoints } from './checkpoints.ts';
import { measureColdStart, type ColdStart } from './coldStart.ts';
import { reportDashboard } from './dashboard/report.ts';
import { hasWorkerImage, measureDispatch, stageNames, workerImage } from './dispatch.ts';
import { measureEpochs, partOfCifar10, type EpochSeconds } from './epochs.ts';
import { reportFleet } from './fleet/report.ts';
import { measureFollowers } from './followers.ts';
import { allowedGrowth, measureGrowth } from './growth.ts';
import { measureIngest, type IngestFigures } from './ingest.ts';
import { measureMemory } from './memory.ts';
import { measureStart, type Start } from './start.ts';
import { measureSteps, type StepTimes } from './steps.ts';
import { measureThroughput } from './throughput.ts';

// Ratios, measured in one run on this machine. THAW_BENCH_PYTHON names a Python with torch and torchvision to stand beside.
const python = process.env['THAW_BENCH_PYTHON'];
const cifar10 = process.env['THAW_CIFAR10'];

const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
const phases = ['frozen', 'full'] as const;

async function steps(): Promise<StepTimes> {
  console.log('Milliseconds a step (median), ResNet18, batch 64, 32x32, float32, in turns in one run; in brackets: times the compiled step');
  const [compiled, ...peers] = await measureSteps(python);
  if (compiled === undefined) throw new Error('the compiled peer is missing');
  const cell = (value: number, ratio: number) => `${value.toFixed(1)} (${ratio.toFixed(2)})`.padStart(16);
  console.log(`${''.padEnd(36)}${['full', 'frozen', 'evaluate'].map((name) => name.padStart(16)).join('')}`);
  for (const { peer, milliseconds } of [compiled, ...peers])
    console.log(`${peer.padEnd(36)}${(['full', 'frozen', 'evaluate'] as const).map((step) => cell(milliseconds[step], milliseconds[step] / compiled.milliseconds[step])).join('')}`);
  if (python === undefined) console.log('PyTorch is left out: name a Python that has torch and torchvision with THAW_BENCH_PYTHON.');
  return compiled;
}

async function epochs(data: string, compiled: StepTimes | undefined): Promise<EpochSeconds> {
  console.log('\nSeconds an epoch of the tutorial on 5,000 images, augmentation and the evaluation of 1,000 included; in brackets: times the trainer');
  const { trainer, pytorch } = await measureEpochs(data, python);
  console.log(`trainer          frozen ${trainer.frozen.toFixed(2)}   full ${trainer.full.toFixed(2)}`);
  if (pytorch !== null)
    console.log(`PyTorch script   frozen ${pytorch.frozen.toFixed(2)} (${(pytorch.frozen / trainer.frozen).toFixed(2)})   full ${pytorch.full.toFixed(2)} (${(pytorch.full / trainer.full).toFixed(2)})`);
  if (compiled !== undefined) {
    const bare = (step: 'full' | 'frozen') => (79 * compiled.milliseconds[step] + 16 * compiled.milliseconds.evaluate) / 1000;
    console.log(`over its bare steps   frozen ${percent(trainer.frozen / bare('frozen') - 1)}   full ${percent(trainer.full / bare('full') - 1)}`);
  }
  return trainer;
}

async function checkpoints(data: string, epoch: EpochSeconds | undefined): Promise<void> {
  const seconds = await measureCheckpoints(data);
  const { trainer } = epoch === undefined ? await measureEpochs(data, undefined) : { trainer: epoch };
  const share = (phase: (typeof phases)[number]) => `${seconds[phase].toFixed(2)} (${percent((seconds[phase] * partOfCifar10) / trainer[phase])})`;
  console.log(`\nSeconds a checkpoint, fsync and hashes included; in brackets: of an epoch on all of CIFAR-10   frozen ${share('frozen')}   full ${share('full')}`);
}

async function start(data: string): Promise<void> {
  const weights = process.env['THAW_RESNET18_WEIGHTS'];
  const { ready, firstStep } = await measureStart(data, weights);
  const both = ({ seconds, processorSeconds }: Start) => `${seconds.toFixed(1)} (${processorSeconds.toFixed(1)})`;
  console.log(`\nSeconds from the start of the trainer, ${weights === undefined ? 'random weights' : 'weights from a file'}; in brackets: of processors' work`);
  console.log(`steps compiled ${both(ready)}   first training step done ${both(firstStep)}`);
}

async function memory(data: string): Promise<void> {
  const { steady, highest } = await measureMemory(data);
  console.log(`\nResident memory of the trainer, all of CIFAR-10, batch 64, full steps 100 to 250: ${steady.toFixed(0)} MB steady, ${highest.toFixed(0)} MB highest`);
}

/** @throws where the memory has grown by more than the run's history */
async function growth(data: string): Promise<void> {
  console.log('\nResident memory of the trainer over 20,000 steps at batch 8, 40 epochs with evaluations and checkpoints');
  for (const phase of phases) {
    const { resident, growth: megabytes } = await measureGrowth(data, phase);
    console.log(`${phase.padEnd(8)}${resident.map(({ step, megabytes: at }) => `step ${step}: ${at.toFixed(0)} MB`).join('   ')}   growth ${megabytes.toFixed(0)} MB`);
    if (!(megabytes <= allowedGrowth)) throw new Error(`the ${phase} steps have grown by ${megabytes.toFixed(0)} MB, which is more than ${allowedGrowth}`);
  }
}

async function ingest(): Promise<void> {
  console.log('\nImages a second of an import, a decoder a core; in brackets: resident memory of the worker at a quarter of them and at the last, MB');
  const { small, photos } = await measureIngest();
  const figures = ({ imagesPerSecond, resident }: IngestFigures) => `${imagesPerSecond.toFixed(0)} (${resident.early.toFixed(0)}, ${resident.late.toFixed(0)})`;
  console.log(`32 x 32 ${figures(small)}   photographs of 12 megapixels ${figures(photos)}`);
}

async function api(): Promise<void> {
  console.log('\nRequests a second over 50 connections, 10,000 runs of 20 people; in brackets: the 99th percentile in ms, and µs of processor time a request');
  const table = await measureThroughput();
  for (const [name, { thaw, bare }] of [['a page of runs', table.list], ['one run', table.detail]] as const) {
    const figures = ({ requestsPerSecond, p99, work }: typeof thaw) => `${requestsPerSecond.toFixed(0)} (${p99.toFixed(0)}, ${work.toFixed(0)})`;
    console.log(`${name.padEnd(16)}API ${figures(thaw)}   bare Hono and postgres.js ${figures(bare)}   ratio ${(thaw.requestsPerSecond / bare.requestsPerSecond).toFixed(2)}`);
  }
}

async function coldStart(): Promise<void> {
  const starts = await measureColdStart();
  const figures = ({ milliseconds, work }: ColdStart) => `${milliseconds.toFixed(0)} (${work.toFixed(0)})`;
  console.log('\nMilliseconds from the start of a process to its first answer, a page of runs; in brackets: of processors\' work');
  console.log(`function ${figures(starts.function)}   server ${figures(starts.server)}`);
}

async function dispatch(): Promise<void> {
  console.log('\nSeconds from `queued`, all of CIFAR-10 and weights fetched before, no worker there; medians. Epoch 0 evaluates one image a class');
  const launchers = (await hasWorkerImage()) ? (['process', 'docker'] as const) : (['process'] as const);
  for (const launcher of launchers) {
    const seconds = await measureDispatch(launcher);
    console.log(`${launcher.padEnd(8)}${stageNames.map((name) => `${name} ${seconds[name].toFixed(2)}`).join('   ')}`);
  }
  if (launchers.length === 1) console.log(`Containers are left out: no Docker here has ${workerImage}.`);
}

const allowedFollowerMegabytes = 300;

/** @throws where a follower has missed something, or all of them take too much memory */
async function followers(): Promise<void> {
  const count = 1000;
  const { resident, complete, delay } = await measureFollowers({ followers: count });
  console.log(`\n${count} followers of one run on one API process, 200 batches: ${complete} had each once and in order`);
  console.log(`resident memory, MB   alone ${resident.alone.toFixed(0)}   connected ${resident.connected.toFixed(0)}   highest ${resident.highest.toFixed(0)}`);
  console.log(`from post to the last of them, ms   median ${delay.median.toFixed(0)}   highest ${delay.highest.toFixed(0)}`);
  if (complete < count) throw new Error(`${count - complete} followers have missed something`);
  if (!(resident.highest < allowedFollowerMegabytes)) throw new Error(`that is more than ${allowedFollowerMegabytes} MB`);
}

/** All but `growth` and `fleet`, which take long, are measured where none is named. */
const names = ['steps', 'epochs', 'checkpoints', 'start', 'memory', 'growth', 'ingest', 'api', 'followers', 'coldstart', 'dispatch', 'dashboard', 'fleet'] as const;
const named = process.argv.slice(2);
const unknown = named.filter((name) => !(names as readonly string[]).includes(name));
if (unknown.length > 0) throw new Error(`there is no measure ${unknown.join(', ')}: choose of ${names.join(', ')}`);
const wanted = (name: (typeof names)[number]) => (named.length === 0 ? name !== 'growth' && name !== 'fleet' : named.includes(name));

const compiled = wanted('steps') ? await steps() : undefined;
if (wanted('ingest')) await ingest();
if (wanted('api')) await api();
if (wanted('followers')) await followers();
if (wanted('coldstart')) await coldStart();
if (wanted('dashboard')) await reportDashboard();
if (wanted('fleet')) await reportFleet();
if (cifar10 === undefined) console.log('What trains is left out: THAW_CIFAR10 names no folder.');
else {
  if (wanted('dispatch')) await dispatch();
  const epoch = wanted('epochs') ? await epochs(cifar10, compiled) : undefined;
  if (wanted('checkpoints')) await checkpoints(cifar10, epoch);
  if (wanted('start')) await start(cifar10);
  if (wanted('memory')) await memory(cifar10);
  if (wanted('growth')) await growth(cifar10);
}
