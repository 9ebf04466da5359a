// npm sbom --package-lock-only ... | node writeSbom.mjs NAME [requirements.txt]: what is in an image as one CycloneDX document on standard output:
// of npm's list what is installed here, the packages of Debian, and wheels with their hashes.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const [name = '', requirements] = process.argv.slice(2);
const document = JSON.parse(readFileSync(0, 'utf8'));
const { packages } = JSON.parse(readFileSync('node_modules/.package-lock.json', 'utf8'));
const present = new Set(
  Object.entries(packages)
    .filter(([place, { link }]) => !link && existsSync(place))
    .map(([place, { name: own, version }]) => `${own ?? place.split('node_modules/').at(-1)}@${version}`),
);
const ours = JSON.parse(readFileSync('package.json', 'utf8'));
const isThere = (one) => present.has(`${one.group ? `${one.group}/` : ''}${one.name}@${one.version}`);
const npm = document.components.filter(isThere);

const debian = execFileSync('dpkg-query', ['-W', '-f', '${Package} ${Version} ${Architecture}\\n'], { encoding: 'utf8' }).trim().split('\n');
const debs = debian.map((line) => {
  const [one = '', version = '', arch = ''] = line.split(' ');
  const purl = `pkg:deb/debian/${one}@${encodeURIComponent(version)}?arch=${arch}`;
  return { 'bom-ref': purl, type: 'library', name: one, version, purl };
});
const lines = requirements === undefined ? '' : readFileSync(requirements, 'utf8');
const wheels = [...lines.matchAll(/^([^=\s]+)==(\S+) --hash=sha256:([0-9a-f]{64})$/gm)].map(([, one = '', version = '', content = '']) => {
  const purl = `pkg:pypi/${one}@${version}`;
  return { 'bom-ref': purl, type: 'library', name: one, version, purl, hashes: [{ alg: 'SHA-256', content }] };
});
const node = { 'bom-ref': 'node', type: 'platform', name: 'node', version: process.versions.node, purl: `pkg:generic/node@${process.versions.node}` };

const refs = new Set(npm.map((one) => one['bom-ref']));
document.metadata.component = { 'bom-ref': name, type: 'container', name, version: ours.version };
document.components = [node, ...npm, ...wheels, ...debs];
document.dependencies = document.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) }));
process.stdout.write(`${JSON.stringify(document, null, 1)}\n`);
