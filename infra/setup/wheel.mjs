import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { root, run } from './commands.mjs';

const python = process.env.THAW_PYTHON || 'python3';
const missing = `${python} is missing: install Python 3 with pip (Debian: apt-get install python3 python3-pip), or name one in THAW_PYTHON.`;
const unpack = `
import re, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
archive.extractall(sys.argv[2], [name for name in archive.namelist() if re.match(sys.argv[3], name)])
`;

/**
 * Downloads wheels with pip, which refuses any other bytes than those of the hashes, and unpacks the files whose names match.
 * @param {string} requirements file of infra/setup with versions and hashes
 * @param {string} into folder
 * @param {string} pattern Python regular expression, matched from the start of a name
 * @param {string[]} platform further flags that choose the wheel
 */
export async function unpackWheels(requirements, into, pattern, platform = []) {
  const env = { ...process.env, PIP_REQUIRE_VIRTUALENV: '0' };
  await run(python, ['-m', 'pip', '--version'], {
    env,
    missing,
    failure: `${python} has no pip: install it (Debian: apt-get install python3-pip), or name another Python in THAW_PYTHON.`,
  });
  const folder = path.join(into, 'wheel');
  mkdirSync(folder);
  const flags = ['-q', '--no-cache-dir', '--disable-pip-version-check', '--require-hashes', '--no-deps', '--only-binary=:all:', ...platform];
  const name = requirements.replace('.txt', '');
  await run(python, ['-m', 'pip', 'download', ...flags, '-d', folder, '-r', path.join(root, 'infra/setup', requirements)], {
    env,
    failure: `pip could not download ${name}. Check the network (pip's index and proxy settings apply), and that pip is 20.3 or newer.`,
  });
  for (const wheel of readdirSync(folder).filter((file) => file.endsWith('.whl'))) {
    await run(python, ['-c', unpack, path.join(folder, wheel), into, pattern], { failure: `${wheel} could not be unpacked.` });
    rmSync(path.join(folder, wheel));
  }
  rmSync(folder, { recursive: true });
}
