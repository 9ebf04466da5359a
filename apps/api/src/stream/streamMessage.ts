/** A message of an event stream. */
export interface StreamMessage {
  event: 'run' | 'batch' | 'version' | 'end';
  /** What a client sends back as Last-Event-ID. */
  id?: string;
  /** JSON, in one line. */
  data: string;
}

/** A message as it goes over the wire. JSON holds no line break, so it is one line of data. */
export const frame = ({ event, id, data }: StreamMessage): Buffer => Buffer.from(`event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`);

/** A comment: it says nothing, and keeps what is between from taking the stream for dead. */
export const ping = Buffer.from(': ping\n\n');

const retry = (milliseconds: number): Buffer => Buffer.from(`retry: ${milliseconds}\n\n`);

/** What is said at once, so that proxies pass the headers on: after how many milliseconds a client that lost the stream asks again. */
export const greeting = retry(2000);

/** The same when this process ends its streams: its clients are not to come to the others all at once. */
export const farewell = (): Buffer => retry(500 + Math.floor(Math.random() * 4500));
