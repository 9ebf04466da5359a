/** Tags as they are typed: with commas between, also full-width ones; each once. */
export const typedTags = (text: string): string[] => [...new Set(text.split(/[,，]/).map((tag) => tag.trim()).filter((tag) => tag !== ''))];
