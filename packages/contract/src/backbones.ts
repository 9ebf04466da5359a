import { z } from 'zod';

/** torchvision's networks that can be trained, by its names. */
export const backbone = z.enum(['resnet18', 'resnet34']);
export type Backbone = z.infer<typeof backbone>;

/** Their names for people, and torchvision's files of their IMAGENET1K_V1 on download.pytorch.org (infra/setup/weights.mjs fetches them). */
export const backbones: Readonly<Record<Backbone, { title: string; imageNetFile: string }>> = {
  resnet18: { title: 'ResNet18', imageNetFile: 'resnet18-f37072fd.pth' },
  resnet34: { title: 'ResNet34', imageNetFile: 'resnet34-b627a593.pth' },
};

/** The environment variable that names a file with a backbone's ImageNet weights. */
export const weightsVariable = (of: Backbone): string => `THAW_${of.toUpperCase()}_WEIGHTS`;
