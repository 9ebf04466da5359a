import { Card } from '../components/ui/Card.tsx';
import { Skeleton } from '../components/ui/Skeleton.tsx';

/** Where a chart will be, under its title already, as high as a ChartCard with one line of a legend. */
export function ChartSkeleton({ title }: { title: string }) {
  return (
    <Card title={title}>
      <div className="h-65">
        <Skeleton className="h-full" />
      </div>
    </Card>
  );
}
