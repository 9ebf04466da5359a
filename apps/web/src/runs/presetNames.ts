import type { PresetName } from '@thaw/contract/runSpec';

// The compiler sees to it that none is missing. (The contract's own list would bring all its checks into the page.)
const known: Readonly<Record<PresetName, true>> = { tutorial: true, quick: true, scratch: true, recommended: true };

export const presetNames = Object.keys(known) as PresetName[];
