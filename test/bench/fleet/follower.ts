import { setTimeout as sleep } from 'node:timers/promises';

/** Follows a run's event stream over broken connections, as a browser does. @returns the ids of its batches in the order in which they came, once the run has ended */
export async function followToEnd(url: string, key: string, signal: AbortSignal): Promise<number[]> {
  const ids: number[] = [];
  for (let ended = false; !ended; ) {
    const last = ids.at(-1);
    try {
      const response = await fetch(url, { headers: { authorization: `Bearer ${key}`, ...(last !== undefined && { 'last-event-id': String(last) }) }, signal });
      if (!response.ok) throw new Error(`the stream answers ${response.status}`);
      let text = '';
      for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        const blocks = (text + chunk).split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          const [, event, id] = /^event: (\w+)(?:\nid: (\d+))?/.exec(block) ?? [];
          if (event === 'batch') ids.push(Number(id));
          if (event === 'end') ended = true;
        }
      }
    } catch {
      signal.throwIfAborted();
      await sleep(500);
    }
  }
  return ids;
}
