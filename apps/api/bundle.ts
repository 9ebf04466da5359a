import { build } from 'esbuild';
import { cp, mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/**
 * `npm run bundle -w apps/api -- --out FOLDER`: packs the API for AWS Lambda into a folder that needs nothing else: `lambda.mjs` (handler
 * `lambda.handler`, Node 22), and the files of the reference pages. Default folder: apps/api/dist.
 */
const here = import.meta.dirname;
const { values } = parseArgs({ options: { out: { type: 'string' } } });
const out = values.out === undefined ? path.join(here, 'dist') : path.resolve(process.env['INIT_CWD'] ?? process.cwd(), values.out);

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const file = path.join(out, 'lambda.mjs');
await build({
  entryPoints: [path.join(here, 'src/lambda.ts')],
  outfile: file,
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  minify: true,
  keepNames: true,
  legalComments: 'none',
  logLevel: 'warning',
  // CommonJS packages in it ask for Node's own modules.
  banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
});

const pages = path.join(out, 'node_modules/swagger-ui-dist');
await mkdir(pages, { recursive: true });
for (const name of ['package.json', 'LICENSE', 'swagger-ui.css', 'swagger-ui-bundle.js'])
  await cp(path.join(path.dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json'))), name), path.join(pages, name));
console.log(`${file}: ${((await stat(file)).size / 2 ** 20).toFixed(1)} MiB`);
