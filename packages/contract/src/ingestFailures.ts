import { z } from 'zod';
import type { FailurePolicy } from './failures.ts';

/** Why an import failed: a closed list, with a policy for each as runs have it. */
export const ingestFailureCode = z.enum([
  'invalid_archive',
  'encrypted_archive',
  'unsafe_archive',
  'archive_too_large',
  'unknown_layout',
  'no_images',
  'too_many_classes',
  'invalid_edit',
  'upload_damaged',
  'quota_exceeded',
  'disk_full',
  'storage_unavailable',
  'launch_failed',
  'worker_lost',
  'worker_crashed',
  'internal_error',
]);
export type IngestFailureCode = z.infer<typeof ingestFailureCode>;

const final = (sentence: string): FailurePolicy => ({ retry: false, backoffSeconds: 0, sentence });
const again = (backoffSeconds: number, sentence: string): FailurePolicy => ({ retry: true, backoffSeconds, sentence });

export const ingestFailurePolicies: Readonly<Record<IngestFailureCode, FailurePolicy>> = {
  invalid_archive: final('The file is no whole zip, tar, tar.gz or tar.zst. Pack it again and upload it once more.'),
  encrypted_archive: final('Password-protected archives are not supported. Pack it without a password and upload it once more.'),
  unsafe_archive: final('The archive has an entry whose name leads out of it. Pack the folder itself and upload it once more.'),
  archive_too_large: final('The archive unpacks to more than is allowed; see the message for the limit.'),
  unknown_layout: final('Classes cannot be told from the archive. Use a folder for each class, or a CSV file with the columns filename and label.'),
  no_images: final('The archive has no image that can be used; the report says why for each file.'),
  too_many_classes: final('A data set has 1000 classes at most. Check that the folders are classes.'),
  invalid_edit: final('The changes leave nothing to train on, or name what the version does not have.'),
  upload_damaged: final('What is stored is not what was uploaded. Upload it once more.'),
  quota_exceeded: final('The data set takes more storage than you have left. Delete runs or data sets that you no longer need, or ask an administrator for more, and upload it once more.'),
  disk_full: again(30, 'The disk of the worker is full; the import is tried again.'),
  storage_unavailable: again(10, 'The object storage did not answer; the import is tried again.'),
  launch_failed: again(5, 'No worker could be started; the import is tried again.'),
  worker_lost: again(2, 'The worker fell silent or was ended; the import begins again.'),
  worker_crashed: again(2, 'The worker ended abnormally; the import begins again.'),
  internal_error: again(2, 'Something unexpected went wrong in the worker; see its log.'),
};

/** Attempts in a row that ended without a result, after which an import is failed for good. */
export const maxIngestAttempts = 3;
