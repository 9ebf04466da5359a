import type { messages } from '../i18n/messages.ts';

type Leaves<Tree> = { [Key in keyof Tree & string]: Tree[Key] extends string ? Key : `${Key}.${Leaves<Tree[Key]>}` }[keyof Tree & string];

/** The fields of a recipe that have a text, by the path of it: that of the field itself, or of what switches a part of the recipe on (`ema.on`). */
export type FieldName = Leaves<(typeof messages)['en']['newRun']['fields']>;
export type ChoiceName = Leaves<(typeof messages)['en']['newRun']['choices']>;
export type HintName = Leaves<(typeof messages)['en']['newRun']['hints']>;
