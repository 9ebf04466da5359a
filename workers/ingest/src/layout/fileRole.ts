/**
 * What a file of an archive is, by its path alone. `image` is only a guess that its content must confirm: everything that is not
 * known to be something else.
 */
export type FileRole = 'image' | 'labels' | 'archive' | 'junk';

const junkNames = /^(thumbs\.db|ehthumbs\.db|ehthumbs_vista\.db|desktop\.ini|icon\r?|readme|license|licence|copying|authors|changelog|makefile)$/i;
/** Folders that programs keep beside the pictures: what is in them is never the user's own. */
const junkFolders = /^(__macosx|@eadir|\$recycle\.bin|system volume information|lost\+found)$/i;
const otherExtensions =
  /\.(txt|md|rst|pdf|docx?|xlsx?|pptx?|rtf|html?|xml|xmp|aae|json|jsonl|ndjson|ya?ml|toml|ini|cfg|log|names|data|py|pyc|ipynb|m|r|js|ts|sh|bat|exe|mat|npy|npz|pkl|h5|hdf5|pth|pt|onnx|db|sqlite|lnk|url|mp4|mov|avi|mkv|webm|mp3|wav|md5|sha\d*)$/i;
const archiveExtensions = /\.(zip|tar|tgz|tbz2?|txz|gz|bz2|xz|zst|tzst|7z|rar)$/i;
const imageExtensions = /\.(jpe?g|jfif|jpe|png|gif|webp|tiff?|avif|bmp|dib|heic|heif|hif|jp2|jpx|j2k|psd|svgz?|ico|dng|cr2|cr3|nef|arw|raw|ppm|pgm|pbm|pnm|tga)$/i;

export function fileRole(path: string): FileRole {
  const segments = path.split('/');
  const name = segments.pop() as string;
  if (name.startsWith('.') || segments.some((folder) => folder.startsWith('.') || junkFolders.test(folder)) || junkFolders.test(name)) return 'junk';
  if (/\.(csv|tsv)$/i.test(name)) return 'labels';
  if (archiveExtensions.test(name)) return 'archive';
  return junkNames.test(name) || otherExtensions.test(name) ? 'junk' : 'image';
}

/** Whether a name says that this is an image. */
export const looksLikeImage = (path: string): boolean => imageExtensions.test(path);
