/** A message of an event stream. */
export interface StreamMessage {
  event: 'run' | 'batch' | 'version' | 'end';
  /** What a client sends back as Last-Event-ID. */
  id?: string;
  /** JSON, in one line. */
  data: string;
}
