import type { Backbone } from '@thaw/contract/backbones';

/** The name in the table of weights that are nobody's own: each backbone has its own imagenet1k_v1. */
export const builtInWeights = (backbone: Backbone, weights: 'imagenet1k_v1'): string => `${backbone}/${weights}`;
