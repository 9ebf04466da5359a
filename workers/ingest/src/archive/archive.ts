/** How a name stands in an archive: its raw bytes, and whether the archive says that they are UTF-8. */
export interface RawName {
  /** One character a byte (latin1), which V8 keeps in one byte each. */
  bytes: string;
  utf8: boolean;
}

export type EntryKind = 'file' | 'directory' | 'link' | 'special';

export interface ArchiveEntry {
  name: RawName;
  kind: EntryKind;
  /** As the archive says; not to be believed. */
  bytes: number;
  /**
   * The content of a file. To be called before the next entry is asked for, and once.
   * @throws Quarantined where this entry alone cannot be read; IngestError where the archive is at fault
   */
  read(): Promise<Uint8Array>;
}

/** An archive on the disk of this machine. Nothing is ever written by the names in it. */
export interface Archive {
  readonly format: 'zip' | 'tar' | 'tar.gz' | 'tar.zst';
  /** Size of the file. */
  readonly bytes: number;
  /** Bytes of the file that the newest pass has read. */
  readonly bytesRead: number;
  /**
   * One pass over all entries in the archive's order; passes give the same entries. What is unpacked is counted while it is.
   * @throws IngestError
   */
  entries(): AsyncGenerator<ArchiveEntry>;
  close(): Promise<void>;
}
