/** What a model can be exported as. */
export const formatNames = ['safetensors', 'pth', 'onnx'] as const;
export type FormatName = (typeof formatNames)[number];
