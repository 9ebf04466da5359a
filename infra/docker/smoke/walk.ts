import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PNG } from 'pngjs';
import { readDemoArguments } from '../../src/demo/demoArguments.ts';
import { runDemo } from '../../src/demo/runDemo.ts';
import { Screen } from '../../src/demo/screen.ts';
import { repositoryRoot } from '../../src/stack/setupPaths.ts';
import { StackError } from '../../src/stack/stackError.ts';
import { run } from './docker.ts';
import type { Project } from './project.ts';
import { timed } from './say.ts';
import type { Visitor } from './shortRun.ts';

/** The demo's run, an export of it and an import. @returns the id of the run */
export async function walk(project: Project, { access, signal }: Visitor, folder: string): Promise<string> {
  const { url, key } = access;
  const addresses = { dashboard: project.web, api: url, email: project.email, password: null, apiKey: key, databaseUrl: '', s3: { endpoint: project.storage, region: '', bucket: 'thaw', accessKeyId: '', secretAccessKey: '' } };
  const summary = path.join(folder, 'summary.json');
  const order = readDemoArguments(['--exit', '--json', summary, '--epochs', '2', '--train-limit', '500', '--state', folder], process.env);
  if ((await runDemo(order, addresses, new Screen(process.stdout, process.env['TERM']), signal)) !== 0) throw new StackError('The run of the demo did not succeed.');

  const [done] = (await (await fetch(`${url}/v1/runs?status=succeeded`, { headers: { authorization: `Bearer ${key}` } })).json() as { items: { id: string }[] }).items;
  if (done === undefined) throw new StackError('No run has succeeded.');
  // Made by the worker for tasks, and fetched from the storage by the address that people have.
  await timed('export as ONNX', async () => {
    for (let tries = 0; ; tries++) {
      const reply = await fetch(`${url}/v1/runs/${done.id}/checkpoints/last/onnx`, { headers: { authorization: `Bearer ${key}` }, signal });
      if (reply.ok && (await reply.arrayBuffer()).byteLength > 40e6) return;
      if (reply.status !== 503 || tries > 30) throw new StackError(`The export was answered with ${reply.status}.`);
    }
  });
  await timed('import of a data set', async () => {
    const pictures = path.join(folder, 'pictures');
    for (const [name, shade] of [['dark', 40], ['light', 200]] as const) {
      mkdirSync(path.join(pictures, name), { recursive: true });
      for (let i = 0; i < 12; i++) {
        const png = new PNG({ width: 40, height: 40 });
        png.data.forEach((_, at) => (png.data[at] = at % 4 === 3 ? 255 : (shade + at * (i + 1)) % 256));
        writeFileSync(path.join(pictures, name, `${i}.png`), PNG.sync.write(png));
      }
    }
    await run(process.execPath, [path.join(repositoryRoot, 'infra/src/upload.ts'), pictures, '--name', 'shades', '--api', url, '--key', key]);
  });
  return done.id;
}
