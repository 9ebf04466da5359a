import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { buildOnce, cache, fingerprint } from './cacheFolder.mjs';
import { nodeModules, root, run, SetupError, step } from './commands.mjs';
import { unpackWheels } from './wheel.mjs';

const tfjs = path.join(nodeModules, '@tensorflow/tfjs-node-gpu');
const compiler = process.env.CXX || 'g++';
/** The libraries, and of the headers those that the addon includes. */
const tensorflow = 'tensorflow/(libtensorflow|include/(tensorflow/c/|tensorflow/core/platform/ctstring|tsl/platform/ctstring|xla/tsl/c/))';
/** Which wheels, and what of them: TensorFlow for CPUs, or the one for NVIDIA's GPUs with the CUDA libraries that it names (4 GB more). */
const variants = {
  cpu: { requirements: 'tensorflow.txt', wanted: tensorflow, platforms: [] },
  gpu: {
    requirements: 'tensorflow-gpu.txt',
    wanted: `${tensorflow}|nvidia/([^/]+/lib/|cuda_nvcc/nvvm/)`,
    platforms: ['--platform', 'manylinux_2_17_x86_64', '--platform', 'manylinux2014_x86_64'],
  },
};
const wheelPlatform = ['--python-version', '3.12', '--implementation', 'cp', '--abi', 'cp312', '--platform', 'manylinux_2_27_x86_64'];
const flags = ['-O3', '-std=gnu++17', '-fPIC', '-shared', '-pthread', '-fno-rtti', '-fno-exceptions'];
const defines = ['-DNAPI_VERSION=8', '-DNODE_GYP_MODULE_NAME=tfjs_binding', '-DBUILDING_NODE_EXTENSION'];

/**
 * TensorFlow for Node: the C library of a pinned wheel and the addon of tfjs-node-gpu, compiled here against it. Both lie in the
 * cache; `lib` of the npm package links there (and again after every `npm ci`).
 * @param {Promise<void>} dependencies the addon's sources come with them
 */
export async function engine(dependencies) {
  const variant = process.env.THAW_ENGINE || 'cpu';
  if (!Object.hasOwn(variants, variant)) throw new SetupError(`THAW_ENGINE is "${variant}": set it to cpu or gpu, or leave it out (cpu).`, 2);
  const { requirements, wanted, platforms } = variants[variant];
  const wheelFlags = [...wheelPlatform, ...platforms];
  const requirement = readFileSync(path.join(root, 'infra/setup', requirements));
  const library = path.join(cache, `tensorflow-${fingerprint(requirement, wanted, ...wheelFlags)}`);
  const download = buildOnce(library, async (temporary) => {
    requirePlatform();
    await step(`tensorflow (${variant})`, () => unpackWheels(requirements, temporary, wanted, wheelFlags));
  });
  await Promise.all([download, dependencies]);

  const sources = readdirSync(path.join(tfjs, 'binding')).filter((name) => /\.(cc|h)$/.test(name)).sort();
  const contents = sources.map((name) => readFileSync(path.join(tfjs, 'binding', name)));
  const target = path.join(cache, `engine-${fingerprint(library, ...flags, ...defines, ...contents)}`);
  await buildOnce(target, (temporary) => step('tensorflow addon', () => compile(library, temporary)));
  link(path.join(tfjs, 'lib'), target);
}

function requirePlatform() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupError(
      `Training runs on Linux on x86-64 so far, and this is ${process.platform}-${process.arch}: use such a machine or a container of it.`,
    );
  }
  process.report.excludeNetwork = true;
  const glibc = process.report.getReport().header.glibcVersionRuntime;
  const [major = 0, minor = 0] = (glibc ?? '').split('.').map(Number);
  if (major < 2 || (major === 2 && minor < 27)) {
    throw new SetupError(`TensorFlow needs glibc 2.27 or newer, and this system has ${glibc ?? 'another C library'}: use a distribution such as Debian or Ubuntu.`);
  }
}

/** The npm package looks for lib/napi-v8/tfjs_binding.node; the libraries are found beside it. */
async function compile(library, into) {
  const folder = path.join(into, 'napi-v8');
  mkdirSync(folder);
  const source = path.join(library, 'tensorflow');
  for (const name of readdirSync(source).filter((one) => one.startsWith('lib'))) symlinkSync(path.join(source, name), path.join(folder, name));
  // Where TensorFlow looks for CUDA: beside the folder from which it was loaded.
  if (existsSync(path.join(library, 'nvidia'))) symlinkSync(path.join(library, 'nvidia'), path.join(into, 'nvidia'));
  const include = [path.dirname(tfjs), path.join(source, 'include'), path.join(nodeModules, 'node-api-headers/include')].map((one) => `-I${one}`);
  const files = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => path.join(tfjs, 'binding', name));
  const libraries = [`-L${source}`, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2', '-Wl,-rpath,$ORIGIN', `-Wl,-rpath,${source}`];
  await run(compiler, [...flags, ...defines, ...include, ...files, '-o', path.join(folder, 'tfjs_binding.node'), ...libraries], {
    missing: `${compiler} is missing: install a C++ compiler (Debian: apt-get install g++), or name one in CXX.`,
    failure: `${compiler} could not compile the TensorFlow addon.`,
  });
}

/** Replaces whatever is there, in one move where it is a link. */
function link(place, target) {
  try {
    if (readlinkSync(place) === target) return;
  } catch {
    rmSync(place, { recursive: true, force: true });
  }
  const temporary = mkdtempSync(`${place}.tmp-`);
  symlinkSync(target, path.join(temporary, 'lib'));
  renameSync(path.join(temporary, 'lib'), place);
  rmSync(temporary, { recursive: true, force: true });
  if (!existsSync(path.join(place, 'napi-v8/tfjs_binding.node'))) throw new SetupError(`${target} is not whole. Remove it and run "npm run setup" again.`);
}
