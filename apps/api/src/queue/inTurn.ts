const last = new WeakMap<object, Promise<unknown>>();

/** Tasks with the same key one after the other, as far as this process is concerned. Who waits holds no connection meanwhile. */
export function inTurn<T>(key: object, task: () => Promise<T>): Promise<T> {
  const result = (last.get(key) ?? Promise.resolve()).then(task);
  last.set(key, result.catch(() => undefined));
  return result;
}
