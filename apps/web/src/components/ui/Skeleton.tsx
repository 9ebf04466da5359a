import { classNames } from './classNames.ts';

/** Stands where something will be, of its size, so that nothing jumps. */
export const Skeleton = ({ className }: { className?: string }) => <div aria-hidden className={classNames('animate-pulse rounded-md bg-hover', className)} />;
