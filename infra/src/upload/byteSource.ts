/** Bytes of a known number that can be read at any place, and again: what an upload needs to send a part twice, or to go on tomorrow. */
export interface ByteSource {
  /** Name that the data set's report shows, such as `pets.zip`. */
  fileName: string;
  bytes: number;
  /** @throws UsageError where the file has changed since it was opened */
  read: (offset: number, length: number) => Promise<Buffer<ArrayBuffer>>;
  close: () => Promise<void>;
}
