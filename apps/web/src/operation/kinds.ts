import type { QuotaKind } from '@thaw/contract/quotas';
import type { StorageKind } from '@thaw/contract/usage';

// The compiler sees to it that none is missing. (The contract's own lists would bring all its checks into the page.)
const quotas: Readonly<Record<QuotaKind, true>> = { activeRuns: true, waitingRuns: true, storageBytes: true, gpuMinutes: true, datasets: true };
const storage: Readonly<Record<StorageKind, true>> = { datasets: true, uploads: true, checkpoints: true, curves: true, evaluations: true, exports: true, weights: true };

export const quotaKinds = Object.keys(quotas) as QuotaKind[];
export const storageKinds = Object.keys(storage) as StorageKind[];
