import { isDeepStrictEqual } from 'node:util';
import { TransferMeter } from '@thaw/archive/transferMeter';
import { ingestOptions, type Dataset } from '@thaw/contract/datasets';
import type { Upload } from '@thaw/contract/uploads';
import { describeError } from '@thaw/worker-agent/describeError';
import type { ApiAccess } from '../demo/apiClient.ts';
import { formatBytes, formatDuration } from '../demo/formatNumbers.ts';
import type { Screen } from '../demo/screen.ts';
import { afterInterrupt, type UnderWay } from './afterInterrupt.ts';
import type { ByteSource } from './byteSource.ts';
import { followImport } from './followImport.ts';
import { hashSource } from './hashSource.ts';
import { openSource } from './openSource.ts';
import { remedyCommand, reportTable } from './reportTable.ts';
import { patiently } from './retry.ts';
import { sendParts } from './sendParts.ts';
import { showProgress } from './showProgress.ts';
import { transferLine } from './transferLine.ts';
import type { UploadArguments } from './uploadArguments.ts';
import { uploadClient, type UploadClient } from './uploadClient.ts';

/** Of a call of the API while bytes are under way. */
const patienceSeconds = 600;

/**
 * Uploads what the command line names, or goes on where an earlier call of the same stood, and follows the import to its end.
 * @returns the data set once it is ready, failed or cancelled
 * @throws UsageError, StackError, ApiProblem, or the signal's reason
 */
export async function runUpload(order: UploadArguments, access: ApiAccess, screen: Screen, signal: AbortSignal): Promise<Dataset> {
  const client = uploadClient(access, signal);
  // Asked first: a wrong address or key is known before hours of reading.
  const earlier = await client.listUploads();
  const { source, note } = await openSource(order.path);
  let under: UnderWay | null = null;
  try {
    screen.say(`${source.fileName}: ${formatBytes(source.bytes)}${note === null ? '' : `, ${note}`}`);
    const sha256 = await hash(source, screen, signal);
    const upload = await findOrCreate(client, earlier, order, source, sha256);
    under = { upload };
    announce(upload, earlier.includes(upload), screen);
    if (upload.status !== 'completed') await send(client, upload, source, screen, signal);
    // Of what is complete already it says which version came of it.
    const version = await complete(client, upload, screen, signal);
    under = { version };
    if (upload.status !== 'completed') screen.say(`all of it has arrived; it is imported as version ${version.version}`);
    const dataset = await followImport(client, version.dataset, screen, signal);
    for (const line of describe(dataset, access.url, screen.columns)) screen.lines(line);
    return dataset;
  } catch (error) {
    if (signal.aborted && under !== null) screen.say(await afterInterrupt(access, under, order.cancelOnInterrupt));
    throw error;
  } finally {
    await source.close();
  }
}

async function hash(source: ByteSource, screen: Screen, signal: AbortSignal): Promise<string> {
  const meter = new TransferMeter(source.bytes, 0, Date.now());
  const progress = showProgress(screen, (columns) => transferLine(meter, 'reading', Date.now(), columns));
  try {
    return await hashSource(source, signal, (bytes) => meter.set(bytes, Date.now()));
  } finally {
    progress.stop();
  }
}

/** The upload of the very same bytes under the same name that was begun before, or a new one. */
async function findOrCreate(client: UploadClient, earlier: readonly Upload[], { name, imageSize }: UploadArguments, { fileName, bytes }: ByteSource, sha256: string): Promise<Upload> {
  const options = ingestOptions.parse({ imageSize });
  const same = earlier.filter((one) => one.datasetName === name && one.bytes === bytes && one.sha256 === sha256 && isDeepStrictEqual(one.options, options));
  for (const one of same) {
    if (one.status !== 'completed') return one;
    const { status } = await client.getDataset(one.dataset);
    if (status !== 'failed' && status !== 'cancelled') return one;
  }
  const { id } = await client.createDataset(name);
  try {
    return await client.createUpload(id, { fileName, bytes, sha256, options });
  } catch (error) {
    await client.deleteDataset(id).catch(() => undefined);
    throw error;
  }
}

function announce({ id, dataset, datasetName, status, received, partCount }: Upload, known: boolean, screen: Screen): void {
  if (status === 'completed') screen.say(`These bytes were uploaded before, as the data set ${datasetName} (${dataset}).`);
  else if (known) screen.say(`Going on with the upload ${id}: ${received.length} of ${partCount} parts are there.`);
  else screen.say(`data set ${datasetName} (${dataset}), upload ${id} in ${partCount} part${partCount === 1 ? '' : 's'}`);
}

async function send(client: UploadClient, upload: Upload, source: ByteSource, screen: Screen, signal: AbortSignal): Promise<void> {
  const began = Date.now();
  const before = upload.received.reduce((sum, part) => sum + Math.min(upload.partBytes, upload.bytes - (part - 1) * upload.partBytes), 0);
  const meter = new TransferMeter(source.bytes, before, began);
  const progress = showProgress(screen, (columns) => transferLine(meter, 'sending', Date.now(), columns));
  try {
    await sendParts({ client, upload, source, signal, onBytes: (bytes) => meter.set(bytes, Date.now()), onTrouble: (what) => screen.say(what) });
  } finally {
    progress.stop();
  }
  const seconds = (Date.now() - began) / 1000;
  const [bytes, rate] = [source.bytes - before, (source.bytes - before) / Math.max(seconds, 0.001)];
  screen.say(`sent ${formatBytes(bytes)} in ${formatDuration(seconds)}, ${formatBytes(Math.round(rate))}/s`);
}

const complete = (client: UploadClient, upload: Upload, screen: Screen, signal: AbortSignal) =>
  patiently(() => client.completeUpload(upload.id), { signal, onTrouble: (error) => screen.say(`The upload cannot be completed yet: ${describeError(error)}`), seconds: patienceSeconds });

function describe(dataset: Dataset, url: string, columns: number): string[] {
  const { id, name, status, failure } = dataset;
  if (status === 'cancelled') return [`The import of ${name} (${id}) was cancelled.`];
  if (status === 'failed') return [`The import of ${name} (${id}) failed. ${failure?.message ?? ''}`.trim()];
  const blocked = dataset.report.some(({ severity }) => severity === 'error');
  const command = remedyCommand(dataset, url);
  return [
    '',
    `${name} (${id}, version ${dataset.version}) is ready${blocked ? ', but cannot be trained on until its errors are put right' : ''}.`,
    ...reportTable(dataset, columns),
    ...(command === null ? [] : ['', ...command]),
    ...(blocked ? [] : ['', 'Train on it:', `  curl -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \\`, `    -d '{"preset": "quick", "data": {"dataset": "${id}"}}' ${url}/v1/runs`]),
  ];
}

