import { z } from 'zod';

/** What can be said of a data set version: a closed list. The table below is checked for completeness by the compiler. */
export const reportCode = z.enum([
  // What was understood and done; nothing to do.
  'layout',
  'split_made',
  'file_names_decoded',
  'ignored_files',
  'colors_converted',
  'transparency_flattened',
  'orientation_applied',
  'first_frame_used',
  // What is likely to make a worse model.
  'quarantined_files',
  'rejected_entries',
  'unlabelled_images',
  'labels_without_image',
  'empty_classes',
  'few_images',
  'class_imbalance',
  'case_classes',
  'exact_duplicates',
  'near_duplicates',
  'conflicting_labels',
  'split_leakage',
  'near_split_leakage',
  'tiny_images',
  'extreme_shapes',
  'no_test_part',
  'class_missing_in_test',
  // What no classifier can be trained on.
  'too_few_classes',
  'too_few_images',
  'class_missing_in_train',
]);
export type ReportCode = z.infer<typeof reportCode>;

export const severity = z.enum(['info', 'warning', 'error']);

/**
 * What one click puts right; each is turned into edits and makes a new version. `drop_duplicates`: of pictures that are the same
 * and of one class one stays, the one of test before that of val before that of train, so that nothing leaks either.
 * `drop_near_duplicates`: of pictures that are nearly the same, likewise. `drop_conflicting`: a picture that stands under several
 * classes goes from all. `merge_case_classes`: classes that differ by case become the one with the most images. `resplit`: train
 * and test are drawn anew, stratified and seeded.
 */
export const remedy = z.enum(['drop_duplicates', 'drop_near_duplicates', 'drop_conflicting', 'merge_case_classes', 'resplit']);
export type Remedy = z.infer<typeof remedy>;

export interface ReportRule {
  /** `error` keeps runs from being launched on the version, never the import from ending well. */
  severity: z.infer<typeof severity>;
  remedy: Remedy | null;
  /** What it means and what to do, for a person. Entries of a report carry it with what is special to them. */
  sentence: string;
}

const info = (sentence: string): ReportRule => ({ severity: 'info', remedy: null, sentence });
const warning = (sentence: string, remedyOfIt: Remedy | null = null): ReportRule => ({ severity: 'warning', remedy: remedyOfIt, sentence });
const error = (sentence: string, remedyOfIt: Remedy | null = null): ReportRule => ({ severity: 'error', remedy: remedyOfIt, sentence });

export const reportRules: Readonly<Record<ReportCode, ReportRule>> = {
  layout: info('How classes and parts were found in the archive.'),
  split_made: info('The upload has no test part, so one was drawn: stratified by class and seeded, the same pictures on one side.'),
  file_names_decoded: info('File names are not marked as UTF-8; they were read in the encoding that fits all of them.'),
  ignored_files: info('Files that operating systems leave behind, and others that are no images, were ignored.'),
  colors_converted: info('Images in CMYK, with a colour profile, with 16 bits or in grey were converted to 8-bit sRGB.'),
  transparency_flattened: info('Transparent images were put on white.'),
  orientation_applied: info('Photos that a camera had marked as turned were turned upright.'),
  first_frame_used: info('Of animations and of files with several pages the first picture was taken.'),
  quarantined_files: warning('Files that cannot be decoded were left out; the list says why for each.'),
  rejected_entries: warning('Entries that are no regular files (links, devices) were left out.'),
  unlabelled_images: warning('Images that belong to no class were left out. Put them into the folder of a class, or name them in the labels.'),
  labels_without_image: warning('The labels name files that are not in the archive; those lines were left out.'),
  empty_classes: warning('Folders without a usable image were left out of the classes.'),
  few_images: warning('Classes with few images are learned badly. Add images, or take the class out.'),
  class_imbalance: warning('The largest class has many times the images of the smallest. Add images to the small ones.'),
  case_classes: warning('Classes differ only by upper and lower case.', 'merge_case_classes'),
  exact_duplicates: warning('The same picture stands more than once in a class.', 'drop_duplicates'),
  near_duplicates: warning('Pictures are nearly the same.', 'drop_near_duplicates'),
  conflicting_labels: warning('The same picture stands under several classes.', 'drop_conflicting'),
  split_leakage: warning('The same picture is in more than one part: test figures will look better than they are.', 'drop_duplicates'),
  near_split_leakage: warning('Nearly the same picture is in more than one part: test figures will look better than they are.', 'drop_near_duplicates'),
  tiny_images: warning('Images are smaller than 32 pixels on a side and were enlarged.'),
  extreme_shapes: warning('Images are more than three times as long as wide; only their middle is seen.'),
  no_test_part: warning('There is no test part, so that a run cannot say how good its model is.', 'resplit'),
  class_missing_in_test: warning('Classes have no image in the test part.', 'resplit'),
  too_few_classes: error('A classifier needs two classes or more. Add a folder with images of another class.'),
  too_few_images: error('A class needs two images or more: one to train on and one to test with. Add images, or take the class out.'),
  class_missing_in_train: error('Classes have no image to train on.', 'resplit'),
};

/** What is special to an entry or a file, by name, for whoever words it in another language; `message` says the same in English. */
export const reportFacts = z.record(z.string().max(50), z.union([z.string().max(1024), z.number()]));
export type ReportFacts = z.infer<typeof reportFacts>;

export const reportEntry = z.object({
  code: reportCode,
  severity,
  count: z.number().int().nonnegative(),
  /** Paths in the upload, or names of classes, that it is about: the first 20. */
  files: z.array(z.string().max(1024)).max(20),
  remedy: remedy.nullable(),
  message: z.string().max(2000),
  /** Left out where there is nothing special to it. */
  facts: reportFacts.optional(),
});
export type ReportEntry = z.infer<typeof reportEntry>;

/** What one image can be marked with; browsing filters by it. */
export const imageIssue = reportCode.extract([
  'exact_duplicates',
  'near_duplicates',
  'conflicting_labels',
  'split_leakage',
  'near_split_leakage',
  'tiny_images',
  'extreme_shapes',
  'colors_converted',
  'transparency_flattened',
  'orientation_applied',
  'first_frame_used',
]);
export type ImageIssue = z.infer<typeof imageIssue>;

/** Why a file was not taken: a closed list. */
export const quarantineCode = z.enum([
  'empty_file',
  'not_an_image',
  'heic_unsupported',
  'svg_unsupported',
  'format_unsupported',
  'truncated',
  'corrupt',
  'too_many_pixels',
  'too_large',
  'too_slow',
  'decoder_crashed',
  'entry_unreadable',
]);
export type QuarantineCode = z.infer<typeof quarantineCode>;

export const quarantineSentences: Readonly<Record<QuarantineCode, string>> = {
  empty_file: 'The file is empty.',
  not_an_image: 'The file is no image, whatever its name says.',
  heic_unsupported: 'HEIC is not supported. Export the photo as JPEG.',
  svg_unsupported: 'SVG is not supported. Export the drawing as PNG.',
  format_unsupported: 'This image format is not supported. Save it as JPEG, PNG, WebP, GIF or TIFF.',
  truncated: 'The image ends too early: it was cut off when it was copied.',
  corrupt: 'The image is damaged and cannot be decoded.',
  too_many_pixels: 'The image has more pixels than can be taken. Make it smaller.',
  too_large: 'The file is larger than an image may be.',
  too_slow: 'Decoding took too long and was given up.',
  decoder_crashed: 'The decoder broke off over this file.',
  entry_unreadable: 'The entry cannot be read out of the archive: it is damaged, or packed in a way that is not supported.',
};
