import { faultsOf, type SpecFault } from '@thaw/contract/resolveSpec';
import { changeRunRequest, type Run } from '@thaw/contract/runs';
import { typedTags } from '../run/typedTags.ts';
import { typedNumber } from './typedNumber.ts';

type Copied = Pick<Run, 'tags' | 'priority'>;

/** What is said of a new run beside its recipe, as it is typed. */
export interface Description {
  name: string;
  tags: string;
  notes: string;
  priority: string;
}

/** What it begins with: of a copy its tags and its priority; its name stays where none is typed. */
export const descriptionOf = (from: Copied | null): Description => ({ name: '', tags: from?.tags.join(', ') ?? '', notes: '', priority: String(from?.priority ?? 0) });

/** It as fields of the request that makes the run, those left out that say what the API takes by itself; and what is wrong with it. */
export function described({ name, tags, notes, priority }: Description, from: Copied | null): { body: object; faults: SpecFault[] } {
  const list = typedTags(tags);
  const rank = typedNumber(priority) ?? 0;
  const body = {
    ...(name.trim() !== '' && { name: name.trim() }),
    ...(list.join() !== (from?.tags ?? []).join() && { tags: list }),
    ...(notes.trim() !== '' && { notes }),
    ...(rank !== (from?.priority ?? 0) && { priority: rank }),
  };
  const { error } = changeRunRequest.safeParse(body);
  return { body, faults: error?.issues.flatMap(faultsOf) ?? [] };
}
