/** Something that is looked at in the database and followed by any number of clients. */
export interface Topic {
  refresh: () => Promise<void>;
  close: () => void;
}

/** The topics of one kind that someone follows in this process. */
export interface Followed<T extends Topic> {
  /** The topic, looked at at least once. Every follow wants its `leave`. @throws where the database cannot be asked */
  follow: (id: string) => Promise<{ topic: T; leave: () => void }>;
  /** Something has changed. Nothing happens where nobody follows it. */
  look: (id: string) => void;
  lookAtAll: () => void;
  close: () => void;
}

/** @param onError a topic could not be looked at; the next look may succeed */
export function followed<T extends Topic>(open: (id: string) => T, onError: (error: unknown) => void): Followed<T> {
  const entries = new Map<string, { topic: T; followers: number; ready: Promise<void> }>();
  let closed = false;
  const refresh = (topic: T): void => void topic.refresh().catch(onError);

  return {
    follow: async (id) => {
      const known = entries.get(id);
      const topic = known?.topic ?? open(id);
      const entry = known ?? { topic, followers: 0, ready: topic.refresh() };
      entries.set(id, entry);
      entry.followers++;
      if (closed) topic.close();
      const leave = (): void => {
        if (--entry.followers > 0) return;
        topic.close();
        if (entries.get(id) === entry) entries.delete(id);
      };
      try {
        await entry.ready;
      } catch (error) {
        leave();
        throw error;
      }
      return { topic, leave };
    },
    look: (id) => {
      const entry = entries.get(id);
      if (entry !== undefined) refresh(entry.topic);
    },
    lookAtAll: () => {
      for (const { topic } of entries.values()) refresh(topic);
    },
    close: () => {
      closed = true;
      for (const { topic } of entries.values()) topic.close();
    },
  };
}
