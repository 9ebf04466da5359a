import { classNames } from '../components/ui/classNames.ts';

/** A picture of a data set. Small ones are enlarged without being blurred. */
export function Picture({ src, alt, className }: { src: string; alt: string; className?: string }) {
  return <img src={src} alt={alt} loading="lazy" decoding="async" className={classNames('aspect-square w-full rounded-lg bg-hover object-cover [image-rendering:pixelated]', className)} />;
}
