/** What a model can be exported as. */
export const formatNames = ['safetensors', 'pth', 'onnx'] as const;
export type FormatName = (typeof formatNames)[number];

/** What can be had beside an exported file: a model card, and a script that names what is on pictures. */
export const companionNames = ['card', 'predict'] as const;
export type CompanionName = (typeof companionNames)[number];
