export interface Toast {
  id: number;
  tone: 'good' | 'bad';
  title: string;
  description?: string | undefined;
}

const most = 4;
let shown: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  shown = next;
  for (const listener of listeners) listener();
}

function show(tone: Toast['tone'], title: string, { description }: { description?: string | undefined } = {}): void {
  set([...shown, { id: ++last, tone, title, description }].slice(-most));
}

/** A sentence that appears in a corner, goes by itself, and is said aloud. */
export const toast = {
  success: (title: string): void => show('good', title),
  error: (title: string, more?: { description?: string | undefined }): void => show('bad', title, more),
};

/** For what shows them. */
export const toasts = {
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
  snapshot: (): readonly Toast[] => shown,
  dismiss: (id: number): void => set(shown.filter((one) => one.id !== id)),
};
