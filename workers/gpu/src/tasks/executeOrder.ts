import { exportModel } from '../export/exportModel.ts';
import { previewFolder } from '../preview/previewFolder.ts';
import type { TaskDone, TaskOrder } from './taskOrder.ts';
import { writeUntunedModel } from './untunedModel.ts';

/**
 * Does a task, from files to files.
 * @throws TrainingError, ExportRefused
 */
export async function executeOrder(order: TaskOrder): Promise<TaskDone> {
  if (order.kind === 'preview') {
    const { images, width, height } = previewFolder(order);
    return { files: [{ name: 'preview.png', path: order.out }], findings: { kind: 'preview', images, width, height } };
  }
  const { model, format, companions: wanted, out } = order;
  const checkpoint = typeof model === 'string' ? model : writeUntunedModel(model);
  const { file, companions, largestDifference } = await exportModel({ checkpoint, format, out, companions: wanted });
  const beside = { card: 'card.md', predict: 'predict.py' } as const;
  return {
    // They come in the order in which they were asked for.
    files: [{ name: `model.${format}`, path: file }, ...wanted.map((name, index) => ({ name: beside[name], path: companions[index] as string }))],
    findings: { kind: 'export', largestDifference },
  };
}
