import type { TrainerEvent } from '@thaw/contract/events';
import type { Run } from '@thaw/contract/runs';
import type { RunStatus } from '@thaw/contract/runStatus';
import { announcePhase, announceStart, describeWeights } from './announce.ts';
import { epochLine } from './epochLine.ts';
import type { RunMessage } from './followRun.ts';
import { liveLine } from './liveLine.ts';
import { RunProgress } from './runProgress.ts';
import type { Screen } from './screen.ts';

const redrawMilliseconds = 250;

/** Shows a run on the screen until its messages end. @returns the status in which it ended */
export async function showRun(run: Run, messages: AsyncIterable<RunMessage>, screen: Screen): Promise<RunStatus> {
  const progress = new RunProgress();
  const draw = (): void => screen.live(liveLine(progress, screen.columns, Date.now()));
  const timer = setInterval(draw, redrawMilliseconds);
  try {
    for await (const message of messages) {
      if (message.type === 'end') return message.status;
      for (const line of take(message, run, progress, screen.columns)) screen.say(line);
      draw();
    }
    throw new Error('The event stream ended without saying how the run ended.');
  } finally {
    clearInterval(timer);
    screen.endLive();
  }
}

/** Moves the progress along, and gives the lines that the message is worth. */
function take(message: Exclude<RunMessage, { type: 'end' }>, run: Run, progress: RunProgress, columns: number): string[] {
  switch (message.type) {
    case 'run': {
      const lost = progress.started !== null && message.run.status === 'queued';
      progress.status = message.run.status;
      if (lost) progress.loseWorker();
      return lost ? ['the worker is gone, the run waits for another'] : [];
    }
    case 'reconnecting':
      return [`no events from the API (${message.reason}), trying again in ${(message.milliseconds / 1000).toFixed(0)} s`];
    case 'batch':
      return message.events.flatMap((event) => {
        progress.apply(event, Date.now());
        return lineFor(event, message.attempt, run, columns) ?? [];
      });
  }
}

function lineFor(event: TrainerEvent, attempt: number, { spec }: Run, columns: number): string | null {
  switch (event.type) {
    case 'started':
      return announceStart(event, attempt);
    case 'phase':
      return announcePhase(event);
    case 'epoch':
      return epochLine(event, spec.schedule.epochs, describeWeights(spec.model.weights).start, columns);
    case 'log':
      return event.level === 'info' ? null : `${event.level}: ${event.message}`;
    default:
      return null;
  }
}
